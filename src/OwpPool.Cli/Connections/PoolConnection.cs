using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>A client of the pool that a command was asked to speak to, without any token.</summary>
internal static class PoolConnection
{
    /// <exception cref="UsageException">The address is none.</exception>
    public static PoolClient Open(Invocation invocation)
    {
        var server = PoolAddress.Of(invocation, PoolAddress.NamingProfileOf(invocation)?.Profile);
        return Open(invocation, server, null, null);
    }

    internal static PoolClient Open(Invocation invocation, Uri server, string? workerToken, string? adminToken)
    {
        invocation.Server = server;
        return PoolClient.Connect(server, new PoolClientOptions
        {
            WorkerToken = workerToken,
            AdminToken = adminToken,
            TimeProvider = invocation.Host.Time,
            Observe = invocation.Debug ? attempt => invocation.Say(Describe(attempt)) : null,
        });
    }

    private static string Describe(PoolAttempt attempt) => FormattableString.Invariant(
        $"debug: {attempt.Method} /{attempt.Path} -> {attempt.Outcome} in {attempt.Elapsed.TotalMilliseconds:0} ms");
}
