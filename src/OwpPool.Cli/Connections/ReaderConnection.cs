using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>A client for what admins see of all and workers of their own: with the admin token where there is one, else with the
/// worker's.</summary>
internal static class ReaderConnection
{
    /// <exception cref="UsageException">Address, profile or token are wrong.</exception>
    /// <exception cref="NoTokenException">There is neither token.</exception>
    public static PoolClient Open(Invocation invocation)
    {
        var isWorkers = invocation.Get(WorkerConnection.Token) is not null && invocation.Get(AdminConnection.Token) is null;
        if (!isWorkers && AdminConnection.HasToken(invocation)) return AdminConnection.Open(invocation);
        return WorkerConnection.Open(invocation).Client;
    }
}
