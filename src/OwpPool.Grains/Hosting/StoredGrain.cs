using Microsoft.Extensions.Logging;
using OwpPool.Core.Shared;

namespace OwpPool.Grains.Hosting;

/// <summary>A grain with one stored state, that never serves what did not reach the disk: a failed write ends the activation, and the next
/// one reads what is really there (reliability §1.2).</summary>
/// <typeparam name="TState">An immutable state; its default is "never written".</typeparam>
public abstract partial class StoredGrain<TState>(IGrainContext context, IPersistentState<TState> storage, ILogger logger) : Grain(context)
    where TState : class
{
    private bool _failed;
    private TState? _stored;

    /// <summary>The state as stored: the next one shows only when it is durable, to interleaved calls too.</summary>
    protected TState State => _stored ?? storage.State;

    /// <summary>Stores the next state; on return it is durable. Not to be called while another store is under way.</summary>
    /// <exception cref="Exception">The write failed or its outcome is unknown; the activation ends.</exception>
    protected async Task StoreAsync(TState next)
    {
        _stored = storage.State;
        storage.State = next;
        try
        {
            await storage.WriteStateAsync();
        }
        catch (Exception exception)
        {
            storage.State = _stored;
            LogWriteFailed(logger, this.GetPrimaryKeyString(), exception);
            Abandon();
            throw;
        }
        finally
        {
            _stored = null;
        }
        if (next is IAudited audited) EventLines.Write(logger, audited.Events);
    }

    /// <summary>Takes the state as it is stored now: another activation has stored more than this one knows. Not to be called while a store
    /// is under way.</summary>
    /// <exception cref="Exception">It cannot be read; the activation ends.</exception>
    protected async Task ReadAgainAsync()
    {
        try
        {
            await storage.ReadStateAsync();
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    /// <summary>What is in memory may differ from the disk: nothing more is answered from it, and the activation ends.</summary>
    protected void Abandon()
    {
        if (!_failed) OnAbandoned();
        _failed = true;
        DeactivateOnIdle();
    }

    /// <summary>This activation ends without having told others what it may have changed.</summary>
    protected virtual void OnAbandoned()
    {
    }

    /// <summary>False in the moments between a failed write and the end of the activation: its memory may differ from the disk.</summary>
    protected bool IsServing => !_failed;

    /// <summary>Refuses to answer from memory that may differ from the disk, in the moments until the activation is gone.</summary>
    protected void EnsureServing()
    {
        // Passes by itself, and says so by its kind.
        if (!IsServing) throw new OrleansException("A write of this grain failed; it restarts from storage.");
    }

    [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "State of {GrainKey} could not be stored; the activation ends.")]
    private static partial void LogWriteFailed(ILogger logger, string grainKey, Exception exception);
}
