using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.ReminderService;

namespace Orleans.Runtime;

internal sealed partial class Silo
{
    /// <summary>How many activations are told to end at once when the silo stops.</summary>
    private const int StopBatch = 256;

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var participant in Services.GetServices<ISiloParticipant>())
            await participant.StartAsync(cancellationToken);
        _state = SiloState.Running;
        _collectionTimer.Change(Collection.CollectionQuantum, Collection.CollectionQuantum);
        Services.GetService<LocalReminderService>()?.Start();
    }

    /// <summary>Refuses new calls of the host, lets running ones end, deactivates every grain. When the token says that time is over, what
    /// is left is abandoned.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_state is not SiloState.Running)
            return;
        try
        {
            if (Services.GetService<LocalReminderService>() is { } reminders)
                await reminders.StopAsync().WaitAsync(cancellationToken);
            _state = SiloState.Stopping;
            await WhenCallsHaveEndedAsync().WaitAsync(cancellationToken);
            _state = SiloState.Deactivating;
            await DeactivateAllAsync().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Log.StopCutShort();
        }
        _state = SiloState.Stopped;
        await _collectionTimer.DisposeAsync();
        await _deadlineTimer.DisposeAsync();
        foreach (var participant in Services.GetServices<ISiloParticipant>().Reverse())
            await participant.StopAsync(cancellationToken);
    }

    /// <summary>The process is gone: no turn or tick of this silo happens any more, and no grain is told so.</summary>
    internal void Kill()
    {
        _state = SiloState.Stopped;
        _collectionTimer.Dispose();
        _deadlineTimer.Dispose();
        foreach (var activation in _catalog.Values)
            activation.Abandon();
        Services.GetService<LocalReminderService>()?.Abandon();
    }

    private async Task WhenCallsHaveEndedAsync()
    {
        // A call that ends may have called others meanwhile: only a round that finds nothing is the last.
        while (_catalog.Values.FirstOrDefault(activation => !activation.WhenIdle().IsCompleted) is { } busy)
            await busy.WhenIdle();
    }

    private async Task DeactivateAllAsync()
    {
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping.");
        foreach (var batch in _catalog.Values.Chunk(StopBatch))
        {
            foreach (var activation in batch)
                activation.Deactivate(reason);
            await Task.WhenAll(batch.Select(activation => activation.Deactivated));
        }
    }
}
