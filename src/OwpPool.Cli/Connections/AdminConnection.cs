using System.CommandLine;
using OwpPool.Cli.Configuration;
using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>A client with the admin token: of <c>--admin-token</c> or of <c>OWP_ADMIN_TOKEN</c>. It is kept in no file, and goes only to a
/// pool that was named for it.</summary>
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
    /// <exception cref="NoTokenException">There is no token, or it must not go to this pool.</exception>
    public static PoolClient Open(Invocation invocation)
    {
        var (server, token) = Find(invocation);
        return PoolConnection.Open(invocation, server, null, token);
    }

    /// <summary>Where the pool is and the admin token, for those that speak to it without a client.</summary>
    /// <exception cref="UsageException">Address or token are wrong.</exception>
    /// <exception cref="NoTokenException">There is no token, or it must not go to this pool.</exception>
    public static (Uri Server, string Token) Find(Invocation invocation)
    {
        var server = PoolAddress.Of(invocation, PoolAddress.NamingProfileOf(invocation)?.Profile);
        var token = TokenOf(invocation)
            ?? throw new NoTokenException($"No admin token: set {Variable} to the one that the server was started with.");
        if (WhyWithheld(invocation) is { } reason) throw new NoTokenException(reason);
        invocation.TokenAdvice = $"Set {Variable} to the token that the server was started with, or printed at its first start, "
            + "or to your own of 'owp admin token create'.";
        return (server, Tokens.Check(invocation, server, token, "admin"));
    }

    /// <summary>Why the admin token does not go to the pool of this command; null = it may.</summary>
    /// <remarks>Who registers as a worker at a pool of others does not mean to give them the admin token of the own one. So a profile that
    /// a registration made does not name a pool for it, unless that is the default address, which gets the token without any profile.
    /// </remarks>
    /// <exception cref="UsageException">The address is wrong.</exception>
    public static string? WhyWithheld(Invocation invocation)
    {
        if (PoolAddress.NamingProfileOf(invocation) is not var (name, profile) || profile.MayHaveAdminToken) return null;
        var server = PoolAddress.Of(invocation, profile);
        if (PoolAddress.Same(server, new Uri(PoolAddress.Default))) return null;
        return $"The admin token is not sent to {profile.Server}: only 'owp worker register' has named that pool, in profile '{name}'. "
            + $"If the token is for it, say so: --server {profile.Server}, {PoolAddress.Variable}={profile.Server}, or once "
            + $"'owp profile add {ProfileName.Free("admin", invocation.Config.Read())} --server {profile.Server}' and then --profile.";
    }

    private static string? TokenOf(Invocation invocation) => invocation.Get(Token) ?? invocation.Host.Variable(Variable);
}
