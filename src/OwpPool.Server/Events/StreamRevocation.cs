using OwpPool.Grains.Directory;

namespace OwpPool.Server.Events;

/// <summary>Passes the news that something about a worker has changed on to its streams, so that a revocation ends them.</summary>
public sealed class StreamRevocation(SupplyBoard board, StreamGate gate) : IHostedService
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        board.WorkerGained += gate.Doubt;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        board.WorkerGained -= gate.Doubt;
        return Task.CompletedTask;
    }
}
