using System.Diagnostics.CodeAnalysis;
using Orleans.Storage;

namespace OwpPool.Simulator;

/// <summary>One state of one activation. Operations queue; a write or clear that has not begun stands for a second one asked for meanwhile,
/// and a read after a successful operation finds its work done.</summary>
internal sealed class SimulatedState<TState>(Activation activation, string name, IGrainStorage storage)
    : IPersistentState<TState>, IStoredState
{
    private GrainState<TState>? _grainState;
    private Operation? _last;
    private bool _isLoaded;

    private enum Kind
    {
        Read,
        Write,
        Clear,
    }

    public TState State
    {
        get
        {
            CheckTurn();
            return GrainState.State!;
        }
        set
        {
            CheckTurn();
            GrainState.State = value;
        }
    }

    public string? Etag => _grainState?.ETag;

    public bool RecordExists => _isLoaded
        ? GrainState.RecordExists
        : throw new InvalidOperationException($"State \"{name}\" of {activation.GrainId} has not been read yet.");

    private GrainState<TState> GrainState => _grainState ??= new GrainState<TState>(OrleansParts.CreateState<TState>());

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task ReadStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Read, cancellationToken);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task WriteStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Write, cancellationToken);

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public Task ClearStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Clear, cancellationToken);

    private Task Enqueue(Kind kind, CancellationToken cancellationToken)
    {
        CheckTurn();
        if (kind != Kind.Read && !cancellationToken.CanBeCanceled && _last is { HasBegun: false, CanBeCanceled: false } waiting && waiting.Kind == kind)
            return waiting.Completion;
        var operation = new Operation(kind, cancellationToken.CanBeCanceled);
        var before = _last;
        _last = operation;
        operation.Completion = RunAsync(operation, before, cancellationToken);
        return operation.Completion;
    }

    private void CheckTurn()
    {
        if (!ReferenceEquals(Turn.Current, activation))
            throw new InvalidOperationException($"State \"{name}\" of {activation.GrainId} can only be used from within a turn of that grain.");
    }

    private async Task RunAsync(Operation operation, Operation? before, CancellationToken cancellationToken)
    {
        // Begins in a turn of its own, so that a second request of the same turn can still join this one.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext);
        try
        {
            if (before is not null)
                await before.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            operation.HasBegun = true;
            if (!IsDoneBy(before, operation.Kind)) await RunStorageAsync(operation.Kind, cancellationToken);
            _isLoaded |= operation.Kind == Kind.Read;
        }
        finally
        {
            if (ReferenceEquals(_last, operation)) _last = null;
        }
    }

    private static bool IsDoneBy(Operation? before, Kind kind) =>
        before is { Completion.IsCompletedSuccessfully: true } && (kind == Kind.Read || (kind == Kind.Clear && before.Kind == Kind.Clear));

    private async Task RunStorageAsync(Kind kind, CancellationToken cancellationToken)
    {
        try
        {
            await (kind switch
            {
                Kind.Read => storage.ReadStateAsync(name, activation.GrainId, GrainState, cancellationToken),
                Kind.Write => storage.WriteStateAsync(name, activation.GrainId, GrainState, cancellationToken),
                _ => storage.ClearStateAsync(name, activation.GrainId, GrainState, cancellationToken),
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (exception is not OrleansException)
        {
            Rethrow(kind, exception);
        }
        catch (OrleansException exception)
        {
            if (exception is InconsistentStateException) activation.NoteConflict(exception);
            activation.Silo.Log.StorageFailed(kind.ToString(), name, activation.GrainId, exception);
            throw;
        }
    }

    [DoesNotReturn]
    private void Rethrow(Kind kind, Exception exception)
    {
        activation.Silo.Log.StorageFailed(kind.ToString(), name, activation.GrainId, exception);
        throw new OrleansException(
            $"Storage {storage.GetType().Name} failed to {kind} state \"{name}\" of grain {activation.GrainId}: {exception.Message}", exception);
    }

    private sealed class Operation(Kind kind, bool canBeCanceled)
    {
        internal Kind Kind { get; } = kind;

        internal bool CanBeCanceled { get; } = canBeCanceled;

        internal bool HasBegun { get; set; }

        internal Task Completion { get; set; } = Task.CompletedTask;
    }
}
