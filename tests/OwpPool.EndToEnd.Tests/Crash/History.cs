using System.Collections.Concurrent;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>What clients asked and what they were told, by all of them, through all lives of the server.</summary>
internal sealed class History
{
    private readonly ConcurrentQueue<Operation> _operations = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<(string Actor, string Key), string> _answers = new();
    private readonly List<string> _workers = [];
    private long _numbers;
    private long _answered;
    private long _replays;
    private long _outages;

    /// <summary>Operations that have ended for their client.</summary>
    public IReadOnlyCollection<Operation> Operations => _operations;

    /// <summary>What is wrong whatever the log says: answers that no server may give.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>Answers that said yes or no.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Answers that said 503.</summary>
    public long Outages => Interlocked.Read(ref _outages);

    /// <summary>Answers to idempotency keys that were given again.</summary>
    public long Replays => Interlocked.Read(ref _replays);

    /// <summary>A number of its own for the next operation.</summary>
    public long NextNumber() => Interlocked.Increment(ref _numbers);

    /// <summary>The operation has ended.</summary>
    public void Ended(Operation operation)
    {
        operation.AnsweredAt = DateTimeOffset.UtcNow;
        if (operation.Outcome is not OperationOutcome.Unknown) Interlocked.Increment(ref _answered);
        _operations.Enqueue(operation);
        if (operation is not { Kind: OperationKind.Register, Answer: { } workerId }) return;
        lock (_workers) _workers.Add(workerId);
    }

    /// <summary>One of the registered workers; null if there is none.</summary>
    public string? SomeWorker(Random dice)
    {
        lock (_workers) return _workers.Count == 0 ? null : _workers[dice.Next(_workers.Count)];
    }

    /// <summary>An answer to a key: the first one is the only one there may ever be.</summary>
    public void AnsweredKey(string actor, string key, string body)
    {
        var first = _answers.GetOrAdd((actor, key), body);
        if (!ReferenceEquals(first, body)) Interlocked.Increment(ref _replays);
        if (first != body) Violated($"The key {key} of {actor} was answered {first} and then {body}");
    }

    /// <summary>An answer that said 503.</summary>
    public void MetOutage() => Interlocked.Increment(ref _outages);

    /// <summary>Something that must never happen was seen.</summary>
    public void Violated(string what) => _violations.Enqueue(what);
}
