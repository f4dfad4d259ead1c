using System.CommandLine;
using OwpPool.Cli.Configuration;
using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>A client with a worker's token: of <c>--token</c>, of <c>OWP_TOKEN</c>, or of the profile.</summary>
internal sealed class WorkerConnection : IDisposable
{
    public const string Variable = "OWP_TOKEN";

    public static readonly Option<string?> Token = new("--token")
    {
        Description = $"The worker's token [{Variable}, the profile's]. Other users of the machine can read it here: prefer those.",
        HelpName = "token",
    };

    private WorkerConnection(Invocation invocation, Uri server, string token, string? profileName, Profile? profile)
    {
        Secret = Tokens.Check(invocation, server, token, "worker");
        Client = PoolConnection.Open(invocation, server, Secret, null);
        (Server, ProfileName, Profile) = (server, profileName, profile);
    }

    public PoolClient Client { get; }

    public Uri Server { get; }

    /// <summary>The token: for those who must keep it out of sight, or open a connection of their own.</summary>
    public string Secret { get; }

    /// <summary>The profile that the token is of; null where it was given otherwise.</summary>
    public Profile? Profile { get; }

    /// <summary>Its name.</summary>
    public string? ProfileName { get; }

    /// <exception cref="UsageException">Address, profile or token are wrong.</exception>
    /// <exception cref="NoTokenException">There is no token.</exception>
    public static WorkerConnection Open(Invocation invocation)
    {
        var given = invocation.Get(Token)
            ?? (invocation.Has(GlobalOptions.Profile) ? null : invocation.Host.Variable(Variable));
        var found = given is not null && invocation.Get(GlobalOptions.Server) is not null ? null : PoolAddress.ProfileOf(invocation);
        var server = PoolAddress.Of(invocation, found?.Profile);
        invocation.TokenAdvice = given is null ? $"Register again: owp worker register --profile {found?.Name} --force"
            : $"Register again with 'owp worker register', or give another token in {Variable} or --token.";
        return given is not null
            ? new WorkerConnection(invocation, server, given, null, null)
            : new WorkerConnection(invocation, server, OfProfile(found, server), found?.Name, found?.Profile);
    }

    public void Dispose() => Client.Dispose();

    private static string OfProfile((string Name, Profile Profile)? found, Uri server)
    {
        if (found is not var (name, profile) || profile.Token is null)
            throw new NoTokenException(
                $"No worker's token: 'owp worker register' gets one, or set {Variable}. Admins set {AdminConnection.Variable}.");
        // Whoever is asked for work must not learn another pool's token by it.
        if (!Uri.TryCreate(profile.Server, UriKind.Absolute, out var own) || !PoolAddress.Same(own, server))
            throw new NoTokenException($"The token of profile '{name}' is for {profile.Server} and is not sent to {server}. "
                + $"Register there with 'owp worker register', or give that pool's token in {Variable} or --token.");
        return profile.Token;
    }
}
