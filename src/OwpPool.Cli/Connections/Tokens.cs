namespace OwpPool.Cli.Connections;

/// <summary>What a token must be to be sent.</summary>
internal static class Tokens
{
    /// <exception cref="UsageException">No header can carry it.</exception>
    public static string Check(string token, string kind)
    {
        if (token.Any(character => character is < '!' or > '~'))
            throw new UsageException($"The {kind} token holds a blank or a character that no header can carry.");
        return token;
    }
}
