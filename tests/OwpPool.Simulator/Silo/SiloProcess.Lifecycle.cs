using Microsoft.Extensions.DependencyInjection;

namespace OwpPool.Simulator;

/// <summary>Start, orderly stop, sudden end.</summary>
internal sealed partial class SiloProcess
{
    /// <summary>How many activations are told to end at once when the silo stops.</summary>
    private const int StopBatch = 256;

    private LocalReminderService Reminders => Services.GetRequiredService<LocalReminderService>();

    internal void Start()
    {
        _state = SiloState.Running;
        _collectionTimer.Change(Collection.CollectionQuantum, Collection.CollectionQuantum);
        Reminders.Start();
    }

    /// <summary>Refuses new calls of the host, lets running ones end, deactivates every grain.</summary>
    internal async Task StopAsync()
    {
        if (_state is not SiloState.Running) return;
        await Reminders.StopAsync();
        _state = SiloState.Stopping;
        // A call that ends may have called others meanwhile: only a round that finds nothing is the last.
        while (_catalog.Values.FirstOrDefault(activation => !activation.WhenIdle().IsCompleted) is { } busy) await busy.WhenIdle();
        _state = SiloState.Deactivating;
        await DeactivateAllAsync();
        End();
    }

    /// <summary>The process is gone: no turn or tick of this silo happens any more, and no grain is told so.</summary>
    internal void Kill()
    {
        End();
        foreach (var activation in _catalog.Values) activation.Abandon();
        Reminders.Abandon();
    }

    private void End()
    {
        _state = SiloState.Stopped;
        _collectionTimer.Dispose();
        _deadlineTimer.Dispose();
    }

    private async Task DeactivateAllAsync()
    {
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping.");
        foreach (var batch in _catalog.Values.ToList().Chunk(StopBatch))
        {
            foreach (var activation in batch) activation.Deactivate(reason);
            await Task.WhenAll(batch.Select(activation => activation.Deactivated));
        }
    }
}
