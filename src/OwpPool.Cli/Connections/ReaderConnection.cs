using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>A client for what admins see of all and workers of their own: with the admin token where there is one for this pool, else with
/// the worker's.</summary>
internal sealed class ReaderConnection : IDisposable
{
    private ReaderConnection(PoolClient pool, bool isAdmin) => (Pool, IsAdmin) = (pool, isAdmin);

    public PoolClient Pool { get; }

    /// <summary>Whether it sees all of the pool; else what is the worker's.</summary>
    public bool IsAdmin { get; }

    /// <param name="invocation">The command.</param>
    /// <param name="saysSo">Whether it is said where an admin token is there and not used.</param>
    /// <exception cref="UsageException">Address, profile or token are wrong.</exception>
    /// <exception cref="NoTokenException">There is neither token.</exception>
    public static ReaderConnection Open(Invocation invocation, bool saysSo = true)
    {
        if (invocation.Get(AdminConnection.Token) is not null) return OfAdmin(invocation);
        if (invocation.Get(WorkerConnection.Token) is not null || !AdminConnection.HasToken(invocation)) return OfWorker(invocation);
        if (AdminConnection.WhyWithheld(invocation) is not { } reason) return OfAdmin(invocation);
        var worker = OfWorker(invocation);
        if (saysSo) invocation.Say($"Shown as the worker sees it. {reason}");
        return worker;
    }

    public void Dispose() => Pool.Dispose();

    private static ReaderConnection OfAdmin(Invocation invocation) => new(AdminConnection.Open(invocation), isAdmin: true);

    private static ReaderConnection OfWorker(Invocation invocation) => new(WorkerConnection.Open(invocation).Client, isAdmin: false);
}
