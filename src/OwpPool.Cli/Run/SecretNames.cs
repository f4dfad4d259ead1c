using System.Collections;
using System.Text.RegularExpressions;

namespace OwpPool.Cli.Run;

/// <summary>Which variables hold secrets, by their names and by what is in them.</summary>
internal static partial class SecretNames
{
    public static bool IsSecret(string name) => Secrets().IsMatch(name);

    /// <summary>The secrets in a variable: all of it where its name says so, else a password in an address or a connection string.
    /// </summary>
    public static IEnumerable<string> SecretsOf(string name, string value) => IsSecret(name)
        ? [value, .. PasswordsIn(value)]
        : PasswordsIn(value);

    /// <summary>Those in the variables of this process.</summary>
    public static IEnumerable<string> OfThisProcess() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .SelectMany(pair => SecretsOf((string)pair.Key, (string?)pair.Value ?? ""));

    private static IEnumerable<string> PasswordsIn(string value) =>
        Passwords().Matches(value).Select(match => match.Groups["address"] is { Success: true } inAddress
            ? inAddress.Value
            : match.Groups["field"].Value);

    /// <summary>As whole words between underlines, or at the end of a name: <c>PGPASSWORD</c>, <c>NPM_CONFIG__AUTH</c>, <c>STRIPE_KEY</c>,
    /// but not <c>PWD</c>, <c>KEYBOARD</c> or <c>SSH_AUTH_SOCK</c>.</summary>
    [GeneratedRegex("(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT|JWT|DSN|COOKIE|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY"
        + "|AUTH_CONFIG|CONNECTION_?STRING)($|_)"
        + "|(PASSWORDS?|PASSWD|TOKENS?|SECRETS?|APIKEYS?)$|_(PWD|AUTH|KEY)$"
        + "|(^|_)(DATABASE|DB|REDIS|MONGO(DB)?|POSTGRES(QL)?|MYSQL|AMQP)_UR[LI]$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secrets();

    /// <summary>https://user:password@host, and Password=…; of a connection string.</summary>
    [GeneratedRegex(@"://[^/\s:@]*:(?<address>[^/\s""'<>]+)@|\b(?:password|pwd)\s*=\s*(?<field>[^;\s]+)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Passwords();
}
