namespace Orleans.StandIn.Tests;

/// <summary>Where grains under test write down what happened to them, for the test to read.</summary>
internal sealed class Journal
{
    private readonly List<string> _lines = [];
    private readonly Dictionary<string, TaskCompletionSource> _gates = [];

    internal IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    internal void Write(string line)
    {
        lock (_lines)
            _lines.Add(line);
    }

    internal int Count(string line) => Lines.Count(written => written == line);

    /// <summary>Closed until <see cref="Open"/>; a grain waits at it.</summary>
    internal Task Gate(string name)
    {
        lock (_gates)
            return Source(name).Task;
    }

    internal void Open(string name)
    {
        lock (_gates)
            Source(name).TrySetResult();
    }

    private TaskCompletionSource Source(string name)
    {
        if (!_gates.TryGetValue(name, out var source))
            _gates[name] = source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return source;
    }
}
