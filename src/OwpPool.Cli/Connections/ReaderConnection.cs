using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>A client for what admins see of all and workers of their own: with the admin token where there is one for this pool, else with
/// the worker's.</summary>
internal static class ReaderConnection
{
    /// <exception cref="UsageException">Address, profile or token are wrong.</exception>
    /// <exception cref="NoTokenException">There is neither token.</exception>
    public static PoolClient Open(Invocation invocation)
    {
        if (invocation.Get(AdminConnection.Token) is not null) return AdminConnection.Open(invocation);
        if (invocation.Get(WorkerConnection.Token) is not null || !AdminConnection.HasToken(invocation))
            return WorkerConnection.Open(invocation).Client;
        if (AdminConnection.WhyWithheld(invocation) is not { } reason) return AdminConnection.Open(invocation);
        var worker = WorkerConnection.Open(invocation);
        invocation.Say($"Shown as the worker sees it. {reason}");
        return worker.Client;
    }
}
