namespace Orleans.Runtime.ReminderService;

/// <summary>The handle a grain holds: good for the stored version it was made from.</summary>
[GenerateSerializer]
[Immutable]
internal sealed class ReminderData(GrainId grainId, string reminderName, string eTag) : IGrainReminder
{
    [Id(0)]
    internal GrainId GrainId { get; } = grainId;

    [Id(1)]
    public string ReminderName { get; } = reminderName;

    [Id(2)]
    internal string ETag { get; } = eTag;

    public override string ToString() => $"<Reminder {ReminderName} of {GrainId}, version {ETag}>";

    internal static ReminderData From(ReminderEntry entry) => new(entry.GrainId, entry.ReminderName, entry.ETag ?? string.Empty);
}
