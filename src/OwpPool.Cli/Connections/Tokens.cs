using OwpPool.Cli.Output;

namespace OwpPool.Cli.Connections;

/// <summary>What a token must be to be sent, and where to.</summary>
internal static class Tokens
{
    /// <summary>Comma-separated hosts that tokens go to by plain http all the same.</summary>
    public const string AllowHttpVariable = "OWP_ALLOW_HTTP";

    /// <exception cref="UsageException">No header can carry it, or others could read it on its way.</exception>
    public static string Check(Invocation invocation, Uri server, string token, string kind)
    {
        if (token.Any(character => character is < '!' or > '~'))
            throw new UsageException($"The {kind} token holds a blank or a character that no header can carry.");
        RequireSafeWay(invocation, server, $"The {kind} token");
        return token;
    }

    /// <summary>Holds back what would go through a network in clear text.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="server">The pool.</param>
    /// <param name="what">What is about to go to it or come from it.</param>
    /// <exception cref="UsageException">It is plain http to another machine, and nobody has allowed that.</exception>
    public static void RequireSafeWay(Invocation invocation, Uri server, string what)
    {
        if (server.Scheme == Uri.UriSchemeHttps || server.IsLoopback) return;
        var host = HostOf(server.Host);
        var allowed = Words.Of([invocation.Host.Variable(AllowHttpVariable) ?? ""]).Select(HostOf);
        if (allowed.Contains(host, StringComparer.OrdinalIgnoreCase)) return;
        throw new UsageException($"{what} would go over plain http to {server.Authority}, where others on the network can read it: use an "
            + $"https address. Where the network itself is protected, {AllowHttpVariable}={host} allows it for this host.");
    }

    /// <summary>An IPv6 address stands in brackets in an address only.</summary>
    private static string HostOf(string host) => host.Trim('[', ']');
}
