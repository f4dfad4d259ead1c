namespace OwpPool.Simulator.Tests;

/// <summary>Where grains under test write what happened and when, and the gates at which they wait.</summary>
/// <remarks>Grains of a real silo write from several threads.</remarks>
public sealed class Journal(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly List<(TimeSpan At, string Text)> _entries = [];
    private readonly Dictionary<string, TaskCompletionSource> _gates = [];
    private readonly DateTimeOffset _start = clock.GetUtcNow();
    private readonly long _begin = clock.GetTimestamp();
    private int _waiting;

    /// <summary>The clock that grains read.</summary>
    internal TimeProvider Clock => clock;

    /// <summary>The wall clock when the test began.</summary>
    internal DateTimeOffset Start => _start;

    /// <summary>What was written, without the instants.</summary>
    internal IReadOnlyList<string> Lines => Read(static entry => entry.Text);

    /// <summary>How many grain calls and ticks stand at a gate.</summary>
    internal int Waiting => Volatile.Read(ref _waiting);

    internal void Write(string text)
    {
        lock (_lock) _entries.Add((clock.GetElapsedTime(_begin), text));
    }

    internal void Clear()
    {
        lock (_lock) _entries.Clear();
    }

    internal int Count(string text) => Lines.Count(written => written == text);

    /// <summary>At which seconds since the test began the text was written.</summary>
    internal IReadOnlyList<double> SecondsOf(string text)
    {
        lock (_lock) return [.. _entries.Where(entry => entry.Text == text).Select(static entry => entry.At.TotalSeconds)];
    }

    /// <inheritdoc cref="SecondsOf"/>
    internal IReadOnlyList<double> MinutesOf(string text) => [.. SecondsOf(text).Select(static seconds => seconds / 60)];

    /// <summary>Waits until the test opens the gate.</summary>
    internal async Task WaitAtAsync(string gate)
    {
        Task opened;
        lock (_lock) opened = Gate(gate).Task;
        if (opened.IsCompleted) return;
        Interlocked.Increment(ref _waiting);
        await opened;
        Interlocked.Decrement(ref _waiting);
    }

    internal void Open(string gate)
    {
        TaskCompletionSource source;
        lock (_lock) source = Gate(gate);
        source.TrySetResult();
    }

    internal void OpenAll()
    {
        TaskCompletionSource[] gates;
        lock (_lock) gates = [.. _gates.Values];
        foreach (var gate in gates) gate.TrySetResult();
    }

    private List<T> Read<T>(Func<(TimeSpan At, string Text), T> select)
    {
        lock (_lock) return _entries.ConvertAll(entry => select(entry));
    }

    /// <summary>A grain goes on in a turn of its own and never on the stack of whoever opens the gate.</summary>
    private TaskCompletionSource Gate(string name)
    {
        if (!_gates.TryGetValue(name, out var gate)) _gates[name] = gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return gate;
    }
}
