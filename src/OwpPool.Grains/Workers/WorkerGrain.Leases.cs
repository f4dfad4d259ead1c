using Microsoft.Extensions.Logging;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Workers;

/// <summary>What became of what the worker holds. Repos are asked one by one, and one that fails keeps nobody from what the others say.</summary>
public sealed partial class WorkerGrain
{
    /// <summary>Asks each repo about the leases held from it: what is lost or cancelled goes, what is short is renewed. And about what is
    /// under review: a maintainer may have asked for changes, and the work goes on under its old lease.</summary>
    private async Task CheckLeasesAsync(bool renew)
    {
        foreach (var group in _held.UnderReview.ToList())
        {
            await TryAsync(group.Key, async repo =>
            {
                foreach (var task in await repo.CheckReviewsAsync(new CheckReviews([.. group]))) _held.Judged(task, State.WorkerId);
            });
        }
        foreach (var group in _held.ByRepo.ToList())
        {
            var isHeard = await TryAsync(group.Key, async repo =>
            {
                var leases = group.Select(lease => new HeldLease(lease.TaskId, lease.LeaseId)).ToList();
                foreach (var check in await repo.CheckLeasesAsync(new CheckLeases(State.WorkerId, leases, renew)))
                {
                    if (check.ExpiresAt is { } expiresAt) _held.Renewed(check.TaskId, expiresAt);
                    else Lose(check);
                }
            });
            if (isHeard) continue;
            // The rows say what is so; only the repo could renew.
            foreach (var lease in group) await LookAtLeaseAsync(lease);
        }
        if (_wishes.Count > 0) await MeetWishesAsync();
    }

    private async Task<bool> TryAsync(string repo, Func<IRepoGrain, Task> ask)
    {
        try
        {
            await ask(GrainFactory.GetRepo(repo));
            return true;
        }
        catch (Exception exception)
        {
            LogRepoFailed(logger, repo, State.WorkerId, exception);
            return false;
        }
    }

    private async Task LookAtLeaseAsync(LeaseView held)
    {
        var task = await GrainFactory.GetTask(held.TaskId).GetAsync();
        var isOwn = task is not null && task.WorkerId == State.WorkerId;
        if (isOwn && task!.Phase.OccupiesWorker() && LeaseView.From(task) is var lease && lease.LeaseId == held.LeaseId
            && lease.ExpiresAt > clock.Now())
        {
            _held.Add(lease);
            return;
        }
        Lose(new LeaseCheck
        {
            TaskId = held.TaskId,
            LostReason = RefusalReason.LeaseLost,
            Cancelled = task?.Phase is TaskPhase.Cancelled,
            UnderReview = isOwn && task!.Phase is TaskPhase.PrOpened,
        });
    }

    private void Lose(LeaseCheck check)
    {
        if (check.UnderReview)
        {
            _held.Reviewed(check.TaskId);
            return;
        }
        var wasLease = _held.Find(check.TaskId)?.Phase.IsLeased() ?? false;
        _held.Drop(check.TaskId);
        // An offer that ends is no loss: nobody works on it.
        if (!wasLease) return;
        if (check.Cancelled) _cancelled.Add(check.TaskId);
        else _lost.Add(new LostTask(check.TaskId, check.LostReason!));
    }

    [LoggerMessage(EventId = 221, Level = LogLevel.Warning, Message = "Repo {Repo} did not answer for worker {WorkerId}.")]
    private static partial void LogRepoFailed(ILogger logger, string repo, string workerId, Exception exception);
}
