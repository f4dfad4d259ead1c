namespace OwpPool.Server.Tests.BadInput;

/// <summary>The 90 bad inputs of the security reference (reliability §4.2), each as one or more rows, or with the reason why it cannot be
/// sent to this server.</summary>
public static class BadInputTable
{
    /// <summary>How many there are.</summary>
    public const int Numbers = 90;

    public static IReadOnlyList<BadInput> Rows { get; } =
    [
        .. CredentialRows.All, .. PathRows.All, .. JsonRows.All, .. FieldRows.All, .. LeaseRows.All, .. TextRows.All, .. HttpRows.All,
        .. WebhookRows.All, .. LostAnswerRows.All,
    ];

    /// <summary>Numbers without a row.</summary>
    public static IReadOnlyDictionary<int, string> NotApplicable { get; } = new Dictionary<int, string>
    {
    };
}
