using System.Globalization;
using Orleans.Storage;

namespace OwpPool.Simulator;

/// <summary>Grain storage that outlives the silo's crashes. Keeps copies, so that nobody changes a stored state.</summary>
/// <remarks>Locked: the tests that compare the simulator with Orleans use it from the threads of a real silo.</remarks>
internal sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string StateName, GrainId GrainId), Row> _rows = [];

    private readonly record struct Row(object? State, int Version);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Row row;
        bool found;
        lock (_lock) found = _rows.TryGetValue((stateName, grainId), out row);
        grainState.State = row.State is T state ? OrleansParts.CopyOf(state) : OrleansParts.CreateState<T>();
        grainState.ETag = found ? Text(row.Version) : null;
        grainState.RecordExists = row.State is not null;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var copy = OrleansParts.CopyOf(grainState.State);
        int version;
        lock (_lock)
        {
            version = Check("write", stateName, grainId, grainState.ETag) + 1;
            _rows[(stateName, grainId)] = new Row(copy, version);
        }
        grainState.ETag = Text(version);
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        int version;
        lock (_lock)
        {
            if (!_rows.ContainsKey((stateName, grainId)) && grainState.ETag is null) return Task.CompletedTask;
            version = Check("clear", stateName, grainId, grainState.ETag) + 1;
            _rows[(stateName, grainId)] = new Row(null, version);
        }
        grainState.State = OrleansParts.CreateState<T>();
        grainState.ETag = Text(version);
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);

    private int Check(string operation, string stateName, GrainId grainId, string? etag)
    {
        var stored = _rows.TryGetValue((stateName, grainId), out var row) ? Text(row.Version) : null;
        if (stored != etag)
            throw new InconsistentStateException($"Version conflict ({operation}): state \"{stateName}\" of grain {grainId}.", stored, etag);
        return row.Version;
    }
}
