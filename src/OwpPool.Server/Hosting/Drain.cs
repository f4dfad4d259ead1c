using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting;

/// <summary>The server's end: as soon as it is told to stop it says that it is not ready and ends its long polls; after the drain time it
/// stops listening and lets the calls under way finish.</summary>
public sealed class Drain(IHostApplicationLifetime lifetime, IOptions<ServerOptions> options, TimeProvider clock) : IHostedLifecycleService
{
    /// <summary>Cancelled when the server was told to stop.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <inheritdoc />
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(options.Value.DrainSeconds), clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host ran out of patience; what follows is the stop itself.
        }
    }

    /// <inheritdoc />
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
