using OwpPool.Core.Matching;

namespace OwpPool.Server.Workers;

/// <summary>One long poll in the line.</summary>
public sealed class WorkWaiter
{
    // Continuations must not run inside the line's lock.
    private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly IReadOnlyList<string> _repos;

    internal WorkWaiter(WorkerCapability capability, long heard, IReadOnlyList<string> repos) =>
        (Capability, Heard, _repos) = (capability, heard, repos);

    /// <summary>Completes when there may be work for it.</summary>
    public Task Woken => _woken.Task;

    internal WorkerCapability Capability { get; }

    /// <summary>Publications up to this one it has tried for, or could have.</summary>
    internal long Heard { get; }

    /// <summary>Its place in the line; null when it was woken or left. Guarded by the line, like what follows.</summary>
    internal LinkedListNode<WorkWaiter>? Place { get; set; }

    /// <summary>What it was woken for; null if nothing or when its turn is over.</summary>
    internal Wakeup? Wakeup { get; set; }

    /// <summary>Whether it would take something of this repo, by canonical key.</summary>
    internal bool Wants(string repo) => _repos.Count == 0 || _repos.Contains(repo, StringComparer.Ordinal);

    internal void Wake() => _woken.TrySetResult();
}
