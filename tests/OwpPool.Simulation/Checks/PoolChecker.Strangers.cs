using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Simulation;

/// <summary>What one worker cannot do to the others (rules 1, 8, 9 and 10): end tasks for good by its word, fill the review budget, and
/// keep tasks going in circles.</summary>
internal sealed partial class PoolChecker
{
    /// <summary>How long a repo may not have heard that a merge was undone or a review ended, with the time that a claim may wait behind
    /// others.</summary>
    private static readonly TimeSpan OldestNews = TimeSpan.FromSeconds(100);

    /// <summary>How old a repo's list of who is online may be when a claim comes.</summary>
    private static readonly TimeSpan OldestOnline = TimeSpan.FromSeconds(7);

    /// <summary>Until when each worker wants to be spared the task that it released.</summary>
    private readonly Dictionary<(string TaskId, string WorkerId), DateTimeOffset> _spared = [];

    private void CheckConfirmation(TaskState before, TaskState after, AuditEvent change)
    {
        // A maintainer who puts the task back overrules it.
        if (change.Type is "task.requeued" or "task.revived")
            foreach (var (taskId, workerId) in _spared.Keys.Where(key => key.TaskId == after.TaskId).ToList()) _spared.Remove((taskId, workerId));
        if (before.Phase is TaskPhase.Merged && after.Phase is not TaskPhase.Merged)
        {
            Require(before.ConfirmedBy is null, "rule 9",
                $"{after.TaskId} was merged, which {before.ConfirmedBy} had confirmed, and {change.Type} made it {after.Phase.Wire()}.");
            Require(change.Actor is Actors.Admin or Actors.Github, "rule 9",
                $"{after.TaskId} was merged, and {change.Type} of {change.Actor} made it {after.Phase.Wire()}.");
        }
        Require(after.ConfirmedBy is null || before.ConfirmedBy is not null || change.Actor is Actors.Admin or Actors.Github, "rule 10",
            $"{after.TaskId} is confirmed by {after.ConfirmedBy}, and {change.Type} was {change.Actor}'s.");
        if (change.Type is "task.merged" && change.Actor == before.WorkerId) CheckAuthority(after, change);
        if (change.Type is "task.pr_opened" && change.Actor == before.WorkerId) CheckUnconfirmed(after, change);
    }

    /// <summary>A worker's word merges only where that was its to say at some time since it said so.</summary>
    private void CheckAuthority(TaskState after, AuditEvent change)
    {
        if (_world.WasRepoSplit(after.Repo) || !_repos.TryGetValue(after.Repo, out var repo)) return;
        var sentAt = after.Message is { } tag && _operations.TryGetValue(tag, out var cause) ? cause.FirstSentAt : 0;
        var first = repo.Settings.FindLastIndex(each => each.Commit <= sentAt);
        Require(repo.Settings.Skip(Math.Max(first, 0)).Any(each => each.Settings.MergeAuthority is MergeAuthority.Worker), "rule 10",
            $"{after.TaskId} was merged at {change.At:o} by the word of {after.WorkerId}, which does not merge in {after.Repo}.");
    }

    private void CheckUnconfirmed(TaskState after, AuditEvent change)
    {
        var most = _world.Plan.Review.MaxUnconfirmed;
        if (most == 0 || after.ReviewConfirmedBy is not null || !_repos.TryGetValue(after.Repo, out var repo)) return;
        if (_world.WasRepoSplit(after.Repo) || _world.WasWorkerSplit(after.WorkerId!) || repo.Held.Keys.Any(_world.WasTaskSplit)) return;
        var others = repo.Held.Values.Where(task => task.TaskId != after.TaskId && task.WorkerId == after.WorkerId
            && IsUnconfirmed(task)).ToList();
        // A demotion takes nothing away, and a promotion may not have been heard of.
        var sentAt = after.Message is { } tag && _operations.TryGetValue(tag, out var cause) ? cause.FirstSentAt : 0;
        var tiers = _workers[after.WorkerId!].Tiers;
        var mayHaveBeenTrusted = tiers.Skip(Math.Max(tiers.FindLastIndex(tier => tier.Commit <= sentAt), 0))
            .Any(tier => tier.Tier >= TrustTier.Trusted);
        Require(mayHaveBeenTrusted || others.Count < most, "rule 10",
            $"{after.WorkerId} has {others.Count + 1} reviews in {after.Repo} that nobody else has seen, since {change.At:o}; {most} are allowed.");
    }

    /// <summary>A paused worker is granted nothing; nor one that has just had the task, while somebody else surely could take it.</summary>
    private void CheckFairness(TaskState before, TaskState after, WorkerState worker, Operation claim)
    {
        if (_world.WasWorkerSplit(worker.WorkerId) || _world.WasRepoSplit(after.Repo) || _world.WasTaskSplit(after.TaskId)) return;
        var pauses = _workers[worker.WorkerId].Pauses;
        var since = pauses.FindLastIndex(pause => pause.Commit <= claim.FirstSentAt);
        Require(since < 0 || pauses.Skip(since).Any(pause => pause.Until is null || pause.Until <= _world.LatestNow), "rule 8",
            $"{worker.WorkerId} is paused until {worker.PausedUntil:o} and got {after.TaskId} by {claim}.");
        Require(_spared.GetValueOrDefault((after.TaskId, worker.WorkerId)) <= _world.LatestNow, "rule 1",
            $"{worker.WorkerId} did not want {after.TaskId} so soon and got it by {claim}.");
        var last = before.History.LastOrDefault(attempt => attempt.WorkerId == worker.WorkerId && PutsOthersFirst(attempt.Outcome));
        if (last is null) return;
        if (_world.SetBackUntil is not null || last.EndedAt + TimeSpan.FromHours(1) <= _world.LatestNow) return;
        var other = _world.Memory.Workers.Values.FirstOrDefault(rival => rival.WorkerId != worker.WorkerId && SurelyCould(rival, before, claim));
        Require(other is null, "rule 1",
            $"{worker.WorkerId} had {after.TaskId} until {last.EndedAt:o} ({last.Outcome}) and got it again by {claim}, though "
            + $"{other?.WorkerId} could take it.");
    }

    /// <summary>Whether the rival's row has said since before the claim came that it takes such a task, by a sign of life that is good still.
    /// </summary>
    private bool SurelyCould(WorkerState rival, TaskState task, Operation claim)
    {
        var book = _workers[rival.WorkerId];
        var options = _world.Plan.Worker;
        var readAt = claim.FirstSentAfter - OldestOnline;
        if (book.AtWorkSince is not { } since || since > readAt || _world.WasWorkerSplit(rival.WorkerId)) return false;
        if (rival.LastSeenAt > _world.LatestNow - (_world.Elapsed - readAt)) return false;
        if (_world.LatestNow >= rival.LastSeenAt + TimeSpan.FromSeconds(options.HeartbeatTtlSeconds)) return false;
        if (rival.PausedUntil is not null || book.Tiers.Count > 1 || rival.Rejections.Any(each => each.TaskId == task.TaskId)) return false;
        if (task.History.Any(attempt => attempt.WorkerId == rival.WorkerId)) return false;
        var repo = _repos[task.Repo];
        if (_world.Plan.Review.MaxUnconfirmed is > 0 and var most)
        {
            if (repo.Held.Values.Count(held => held.WorkerId == rival.WorkerId && held.ReviewConfirmedBy is null) >= most) return false;
            if (book.ReviewEndedAt.TryGetValue(task.Repo, out var ended) && _world.Elapsed - ended < OldestNews) return false;
        }
        var skills = rival.Skills.Select(Names.CanonicalSkill).ToHashSet(StringComparer.Ordinal);
        return task.RequiredSkills.All(skill => skills.Contains(Names.CanonicalSkill(skill))) && task.EstimatePoints <= rival.CapacityPoints
            && task.Tier <= repo.State!.Settings.Trust.MaxTier(rival.TrustTier);
    }

    private static bool IsUnconfirmed(TaskState? task) => task is { Phase: TaskPhase.PrOpened, ReviewConfirmedBy: null };

    private static bool PutsOthersFirst(AttemptOutcome outcome) =>
        outcome is AttemptOutcome.Failed or AttemptOutcome.Expired or AttemptOutcome.Offline or AttemptOutcome.Released;
}
