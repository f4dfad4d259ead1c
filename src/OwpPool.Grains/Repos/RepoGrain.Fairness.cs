using OwpPool.Core.Matching;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains.Repos;

/// <summary>What one worker cannot do to the others: keep a task going in circles, and fill the review budget by its word alone.</summary>
public sealed partial class RepoGrain
{
    /// <summary>Who is online, and whether what was merged still is, is looked up at most this often.</summary>
    private static readonly TimeSpan LookAge = TimeSpan.FromSeconds(5);

    private IReadOnlyList<OnlineWorker> _online = [];
    private long _onlineAt;
    private long _mergesAt;

    private Ineligibility? WhyNothing(WorkerCapability worker) => poolBoard.State.IsPaused(clock.Now())
        ? Ineligibility.PoolPaused
        : Eligibility.WhyNothing(State.Settings, _ledger.Used, worker, IsFull(worker.WorkerId, worker.Trust));

    private bool IsFull(string workerId, TrustTier trust, string? exceptTaskId = null, bool andInDoubt = true) =>
        trust < TrustTier.Trusted && reviewOptions.Value.MaxUnconfirmed is > 0 and var most
        && _ledger.UnconfirmedReviews(workerId, exceptTaskId, andInDoubt) >= most;

    private int? ReviewSecondsOf(TrustTier trust) =>
        trust < TrustTier.Trusted && reviewOptions.Value.UnconfirmedSeconds is > 0 and var seconds ? seconds : null;

    private Refusal? WhyNotReview(string workerId, TrustTier trust, string taskId) =>
        !(_ledger.Find(taskId) is { Phase: TaskPhase.PrOpened } entry && _ledger.IsHeard(entry)) && IsFull(workerId, trust, taskId)
            ? Refusal.Conflict(RefusalReason.LimitReached,
                $"You have {reviewOptions.Value.MaxUnconfirmed} pull requests in this repo that nobody else has confirmed.",
                "Keep the task; report again when one of them is merged, closed or confirmed. A maintainer may raise your trust.")
            : null;

    /// <summary>Who is online, where the worker has failed, lost or released a task lately that another might take; null where nobody need
    /// be asked for.</summary>
    private async Task<IReadOnlyList<OnlineWorker>?> OthersForAsync(WorkerCapability worker)
    {
        var now = clock.Now();
        return _ledger.Backlog.LateFor(worker.WorkerId, now).Any(each => !(now < each.Holder.AwayUntil)) ? await OnlineAsync() : null;
    }

    /// <summary>The tasks that the worker has failed, lost or released lately and that another who is online could take, and those that it
    /// does not want yet (rule 1).</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="others">Who is online. Null = not known: what came back since it was asked waits until the worker asks again.</param>
    private IReadOnlyList<string> LateFor(WorkerCapability worker, IReadOnlyList<OnlineWorker>? others)
    {
        var now = clock.Now();
        return [.. _ledger.Backlog.LateFor(worker.WorkerId, now)
            .Where(each => now < each.Holder.AwayUntil || others is null || others.Any(other => CouldTake(other, each.Task)))
            .Select(each => each.Task.TaskId)];

        bool CouldTake(OnlineWorker other, ReadyTask task) => other.Capability.WorkerId != worker.WorkerId
            && Eligibility.WhyNot(task.Shape, other.Capability, State.Settings.Trust) is null
            && !other.Rejected.Contains(task.TaskId)
            && !IsFull(other.Capability.WorkerId, other.Capability.Trust, andInDoubt: false)
            && !task.LateHolders.Any(holder => holder.WorkerId == other.Capability.WorkerId && holder.IsLate(now));
    }

    /// <summary>A merge in another repo that nobody had confirmed may have been undone: what waited for it waits again.</summary>
    private async Task LookAtMergesAsync()
    {
        if (_ledger.Backlog.MetDependencies.Count == 0 || (_mergesAt != 0 && clock.GetElapsedTime(_mergesAt) < LookAge)) return;
        _mergesAt = clock.GetTimestamp();
        foreach (var (taskId, phase) in await reader.ReadPhasesAsync([.. _ledger.Backlog.MetDependencies], CancellationToken.None))
            if (phase is not TaskPhase.Merged) _ledger.Backlog.Unmerged(taskId);
    }

    private async Task<IReadOnlyList<OnlineWorker>> OnlineAsync()
    {
        if (_onlineAt != 0 && clock.GetElapsedTime(_onlineAt) < LookAge) return _online;
        _online = await reader.ReadOnlineWorkersAsync(clock.Now(), CancellationToken.None);
        _onlineAt = clock.GetTimestamp();
        return _online;
    }
}
