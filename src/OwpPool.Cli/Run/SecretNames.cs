using System.Text.RegularExpressions;

namespace OwpPool.Cli.Run;

/// <summary>Which variables hold secrets, by their names.</summary>
internal static partial class SecretNames
{
    // Shorter values would take harmless words out of the output.
    private const int ShortestSecret = 8;

    public static bool IsSecret(string name) => Secrets().IsMatch(name);

    /// <summary>Takes secrets out of a line.</summary>
    /// <param name="secrets">What must not be seen; short ones are let through.</param>
    public static Func<string, string> Hider(IEnumerable<string> secrets)
    {
        // The longest first: one may be a part of another.
        string[] hidden =
            [.. secrets.Where(secret => secret.Length >= ShortestSecret).Distinct().OrderByDescending(secret => secret.Length)];
        return line => hidden.Aggregate(line, (text, secret) => text.Replace(secret, "***", StringComparison.Ordinal));
    }

    [GeneratedRegex("(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY)($|_)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secrets();
}
