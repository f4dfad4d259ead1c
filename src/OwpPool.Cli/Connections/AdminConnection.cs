using System.CommandLine;
using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>A client with the admin token: of <c>--admin-token</c> or of <c>OWP_ADMIN_TOKEN</c>. It is kept in no file.</summary>
internal static class AdminConnection
{
    public const string Variable = "OWP_ADMIN_TOKEN";

    public static readonly Option<string?> Token = new("--admin-token")
    {
        Description = $"The admin token [{Variable}]. Other users of the machine can read it here: prefer the variable.",
        HelpName = "token",
    };

    public static bool HasToken(Invocation invocation) => TokenOf(invocation) is not null;

    /// <exception cref="UsageException">Address or token are wrong.</exception>
    /// <exception cref="NoTokenException">There is no token.</exception>
    public static PoolClient Open(Invocation invocation)
    {
        var (server, token) = Find(invocation);
        return PoolConnection.Open(invocation, server, null, token);
    }

    /// <summary>Where the pool is and the admin token, for those that speak to it without a client.</summary>
    /// <exception cref="UsageException">Address or token are wrong.</exception>
    /// <exception cref="NoTokenException">There is no token.</exception>
    public static (Uri Server, string Token) Find(Invocation invocation)
    {
        var profile = invocation.Get(GlobalOptions.Server) is null ? PoolAddress.ProfileOf(invocation)?.Profile : null;
        var server = PoolAddress.Of(invocation, profile);
        var token = TokenOf(invocation)
            ?? throw new NoTokenException($"No admin token: set {Variable} to the one that the server was started with.");
        invocation.TokenAdvice = $"Set {Variable} to the token that the server was started with, or printed at its first start.";
        return (server, Tokens.Check(token, "admin"));
    }

    private static string? TokenOf(Invocation invocation) => invocation.Get(Token) ?? invocation.Host.Variable(Variable);
}
