using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Carries a command's output to the task's log: in order, each line once, many at a time. What cannot be sent for long is kept
/// within bounds; what had to go is counted in its place.</summary>
internal sealed class LogPump(TaskTurn turn, TimeProvider time)
{
    /// <summary>The pool takes so many lines a request.</summary>
    public const int MaxBatchLines = 500;

    /// <summary>Half of what the pool keeps of a task, so that it keeps the word of what is left out as well.</summary>
    public const int MaxWaitingLines = 5_000;

    // 8 KiB is what a line of the log takes, and a UTF-16 unit is three bytes at most.
    private const int MaxMessage = 2_700;

    // A request has room for 256 KiB, of which each line takes some for its frame.
    private const int MaxBatchSize = 200_000;
    private const int LineFrame = 120;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(300);

    private readonly Lock _gate = new();
    private readonly Queue<NewLogLine> _waiting = new();
    private TaskCompletionSource _more = NewSignal();
    private int _dropped;
    private bool _isComplete;

    /// <summary>A line of the command's.</summary>
    public void Add(string line)
    {
        var at = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var part in Parts(line)) _waiting.Enqueue(new NewLogLine(part) { At = at });
            for (; _waiting.Count > MaxWaitingLines; _dropped++) _waiting.Dequeue();
            _more.TrySetResult();
        }
    }

    /// <summary>A word of the worker's own, and the last.</summary>
    public void Complete(string line, bool isError)
    {
        lock (_gate)
        {
            _waiting.Enqueue(new NewLogLine(line) { At = time.GetUtcNow(), Stage = "owp", Level = isError ? "error" : "info" });
            _isComplete = true;
            _more.TrySetResult();
        }
    }

    /// <summary>Sends until all is sent.</summary>
    /// <param name="ct">The lease is gone, or the worker stops.</param>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            await NextAsync().WaitAsync(ct);
            if (!IsFull()) await Task.Delay(Gather, time, ct);
            while (Take() is { Count: > 0 } batch) await turn.LogAsync(batch, ct);
            lock (_gate)
            {
                if (_isComplete && _waiting.Count == 0) return;
            }
        }
    }

    private Task NextAsync()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && _more.Task.IsCompleted) _more = NewSignal();
            return _more.Task;
        }
    }

    private bool IsFull()
    {
        lock (_gate) return _isComplete || _waiting.Count >= MaxBatchLines;
    }

    private List<NewLogLine> Take()
    {
        lock (_gate)
        {
            var batch = new List<NewLogLine>();
            var size = 0;
            if (_dropped > 0)
            {
                batch.Add(new NewLogLine($"{_dropped} lines are left out here: they could not be sent in time.")
                {
                    At = time.GetUtcNow(), Stage = "owp", Level = "warn",
                });
                _dropped = 0;
            }
            while (batch.Count < MaxBatchLines && _waiting.TryPeek(out var next))
            {
                size += SizeOf(next.Message);
                if (size > MaxBatchSize && batch.Count > 0) break;
                batch.Add(_waiting.Dequeue());
            }
            return batch;
        }
    }

    private static IEnumerable<string> Parts(string line)
    {
        var start = 0;
        while (line.Length - start > MaxMessage)
        {
            var length = char.IsHighSurrogate(line[start + MaxMessage - 1]) ? MaxMessage - 1 : MaxMessage;
            yield return line.Substring(start, length);
            start += length;
        }
        yield return line[start..];
    }

    /// <summary>As JSON: what is not plain ASCII takes six bytes there.</summary>
    private static int SizeOf(string message) =>
        LineFrame + message.Sum(character => char.IsAsciiLetterOrDigit(character) || character == ' ' ? 1 : 6);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
