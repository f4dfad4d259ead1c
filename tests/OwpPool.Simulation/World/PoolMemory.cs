using System.Globalization;
using Orleans.Storage;
using OwpPool.Core.Batches;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Simulation;

/// <summary>The disk: rows with ETags that outlive the silo. States are immutable records, so they are kept as they are.</summary>
internal sealed class PoolMemory : IGrainStorage
{
    private readonly Dictionary<(string StateName, GrainId GrainId), Row> _rows = [];

    /// <summary>Told of every commit, at the instant at which it happens: the states before (null = none) and after.</summary>
    internal Action<object?, object>? Committed { get; set; }

    /// <summary>The committed tasks by id, in order of creation.</summary>
    internal Dictionary<string, TaskState> Tasks { get; } = new(StringComparer.Ordinal);

    /// <summary>The committed workers by id.</summary>
    internal Dictionary<string, WorkerState> Workers { get; } = new(StringComparer.Ordinal);

    /// <summary>The committed repos by canonical key.</summary>
    internal Dictionary<string, RepoState> Repos { get; } = new(StringComparer.Ordinal);

    /// <summary>The committed batches by key.</summary>
    internal Dictionary<string, BatchState> Batches { get; } = new(StringComparer.Ordinal);

    /// <summary>The event log of the tasks: an event's number is its index + 1.</summary>
    internal List<AuditEvent> TaskEvents { get; } = [];

    /// <summary>How many writes were committed.</summary>
    internal int Commits { get; private set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = _rows.TryGetValue((stateName, grainId), out var row);
        grainState.State = found ? (T)row.State : OrleansParts.CreateState<T>();
        grainState.ETag = found ? Text(row.Version) : null;
        grainState.RecordExists = found;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = _rows.TryGetValue((stateName, grainId), out var row);
        var stored = found ? Text(row.Version) : null;
        if (stored != grainState.ETag)
            throw new InconsistentStateException($"Version conflict: state \"{stateName}\" of grain {grainId}.", stored, grainState.ETag);
        var version = row.Version + 1;
        object state = grainState.State!;
        _rows[(stateName, grainId)] = new Row(state, version);
        grainState.ETag = Text(version);
        grainState.RecordExists = true;
        Commits++;
        Keep(grainId, state);
        Committed?.Invoke(found ? row.State : null, state);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        throw new NotSupportedException("No grain of the pool clears its state.");

    private void Keep(GrainId grainId, object state)
    {
        switch (state)
        {
            case TaskState task:
                Tasks[task.TaskId] = task;
                TaskEvents.AddRange(task.Events);
                break;
            case WorkerState worker: Workers[worker.WorkerId] = worker; break;
            case RepoState repo: Repos[repo.Repo] = repo; break;
            case BatchState batch: Batches[grainId.Key.ToString()!] = batch; break;
        }
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Row(object State, int Version);
}
