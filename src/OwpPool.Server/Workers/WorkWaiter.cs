using OwpPool.Core.Matching;

namespace OwpPool.Server.Workers;

/// <summary>One long poll, from its first claim to its answer. Guarded by the line, but for <see cref="Woken"/>.</summary>
public sealed class WorkWaiter
{
    private readonly IReadOnlyList<string> _repos;
    private TaskCompletionSource _woken = NewWakeup();

    internal WorkWaiter(string workerId, IReadOnlyList<string> repos) => (WorkerId, _repos) = (workerId, repos);

    /// <summary>Completes when there may be work for it; to be read after each <see cref="WorkWaiters.Wait"/>.</summary>
    public Task Woken => _woken.Task;

    internal string WorkerId { get; }

    /// <summary>What the worker could take when its last claim brought nothing.</summary>
    internal WorkerCapability? Capability { get; set; }

    /// <summary>Publications up to this one it has tried for, or could have.</summary>
    internal long Heard { get; set; }

    /// <summary>The worker gained something while a claim was under way, so the claim may not have known of it.</summary>
    internal bool HasGained { get; set; }

    /// <summary>Its places in the line; none while it claims.</summary>
    internal List<LinkedListNode<WorkWaiter>> Places { get; } = [];

    /// <summary>What it was woken for; null if nothing or when its turn is over.</summary>
    internal Wakeup? Wakeup { get; set; }

    /// <summary>Whether it would take something of this repo, by canonical key.</summary>
    internal bool Wants(string repo) => _repos.Count == 0 || _repos.Contains(repo, StringComparer.Ordinal);

    internal void Wake() => _woken.TrySetResult();

    internal void Sleep() => _woken = NewWakeup();

    // Continuations must not run inside the line's lock.
    private static TaskCompletionSource NewWakeup() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
