namespace OwpPool.Cli;

/// <summary>Where the admin token comes from. An environment variable is better than the command line, which other users of the machine
/// can read.</summary>
internal static class AdminToken
{
    /// <summary>The variable read where none is named.</summary>
    public const string DefaultVariable = "OWP_ADMIN_TOKEN";

    /// <summary>The token given, or that of the variable.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static string Resolve(string? given, string variable, Func<string, string?> environment)
    {
        var token = given ?? environment(variable);
        if (string.IsNullOrWhiteSpace(token))
            throw new UsageException($"No admin token: set {variable} to the one that the server was started with.");
        if (token.Any(character => character is < '!' or > '~'))
            throw new UsageException("The admin token holds a blank or a character that no header can carry.");
        return token;
    }
}
