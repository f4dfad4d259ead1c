namespace Orleans.Runtime;

/// <summary>A service that starts before grains run and stops after they have.</summary>
internal interface ISiloParticipant
{
    /// <summary>What it throws fails the start of the host.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    Task StopAsync(CancellationToken cancellationToken);
}
