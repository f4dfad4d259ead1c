using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Simulation;

/// <summary>I8: says of a pool whose workers do all they can which tasks should still move, from the committed rows alone.</summary>
internal sealed class RestOracle(PoolWorld world)
{
    private readonly PoolMemory _memory = world.Memory;

    /// <summary>The tasks that neither are at their end nor wait for a stated reason, each with what it is.</summary>
    /// <param name="active">The workers that work.</param>
    internal IEnumerable<string> Stuck(IReadOnlyCollection<SimulatedWorker> active)
    {
        foreach (var task in _memory.Tasks.Values)
        {
            var repo = _memory.Repos[task.Repo];
            if (task.Wish is { } wish && active.Any(worker => worker.Id == wish.WorkerId) && CouldBeMet(task, wish, repo))
                yield return $"{task.TaskId} is {task.Phase.Wire()} and could be what {wish.Actor} asked of {wish.WorkerId}: {wish.Move}";
            switch (task.Phase)
            {
                case TaskPhase.Ready:
                    var taker = active.FirstOrDefault(worker => WhyNot(task, repo, _memory.Workers.GetValueOrDefault(worker.Id)) is null);
                    if (taker is not null)
                        yield return $"{task.TaskId} of {task.Repo} is ready and {taker.Id} could take it";
                    break;
                case TaskPhase.PrOpened:
                    if (task.ReviewUntil <= world.Now)
                        yield return $"{task.TaskId} is pr_opened past the end of its review at {task.ReviewUntil:o}";
                    else if (repo.Settings.MergeAuthority is MergeAuthority.Worker && active.Any(worker => worker.Id == task.WorkerId))
                        yield return $"{task.TaskId} is pr_opened and {task.WorkerId} could merge it";
                    break;
                case var phase when phase.OccupiesWorker():
                    yield return $"{task.TaskId} is {phase.Wire()} with {task.WorkerId} until {task.Lease?.ExpiresAt:o}";
                    break;
            }
        }
    }

    private bool CouldBeMet(TaskState task, ReviewWish wish, RepoState repo)
    {
        // A merge by the worker's word stands until somebody says otherwise.
        if (task.Phase is not TaskPhase.Ready && (task.Phase is not TaskPhase.PrOpened || task.WorkerId != wish.WorkerId)) return false;
        if (wish.Move is ReviewMove.Merged) return true;
        var held = _memory.Tasks.Values.Where(other => other.TaskId != task.TaskId && other.Phase.CountsAgainstBudget()).ToList();
        var own = held.Where(other => other.WorkerId == wish.WorkerId && other.Phase.OccupiesWorker()).ToList();
        var worker = _memory.Workers[wish.WorkerId];
        if (worker.Revoked || own.Count >= worker.MaxConcurrentTasks) return false;
        if (own.Sum(other => other.EstimatePoints) + task.EstimatePoints > worker.CapacityPoints) return false;
        var inRepo = held.Where(other => other.Repo == task.Repo).ToList();
        if (task.Phase is TaskPhase.Ready && inRepo.Count >= repo.Settings.MaxOpenPrs) return false;
        return !repo.Settings.AreaLocksEnabled || task.AreaKey is null
            || !inRepo.Exists(other => other.AreaKey == task.AreaKey && RepoAdmission.HoldsArea(repo.Settings, other.Phase));
    }

    /// <summary>How far the last instant is that some row waits for: far, where the clock was set back.</summary>
    internal TimeSpan LongestWait()
    {
        var last = _memory.Tasks.Values.SelectMany(task => new[] { task.EligibleAt, task.NotBefore, task.Lease?.ExpiresAt }).Max();
        return last > world.Now ? last.Value - world.Now : TimeSpan.Zero;
    }

    /// <summary>Whether some ready task only waits for its time.</summary>
    internal bool AnyRests() => _memory.Tasks.Values.Any(task => task.Phase is TaskPhase.Ready && task.EligibleAt > world.Now);

    private bool IsFull(string repo, WorkerState worker) => world.Plan.Review.MaxUnconfirmed is > 0 and var most
        && worker.TrustTier < TrustTier.Trusted && _memory.Tasks.Values.Count(task => task.Repo == repo && task.WorkerId == worker.WorkerId
            && task is { Phase: TaskPhase.PrOpened, ReviewConfirmedBy: null }) >= most;

    private bool IsLate(TaskState task, WorkerState worker) => LateHolder.Of(task.History)
        .Any(holder => holder.WorkerId == worker.WorkerId && (holder.AwayUntil > world.Now || (holder.IsLate(world.Now) && OthersCould(task, worker))));

    private bool OthersCould(TaskState task, WorkerState worker) => _memory.Workers.Values.Any(other => other.WorkerId != worker.WorkerId
        && WorkerPresence.AsOnline(other, world.Plan.Worker.ToRules(), world.Hearing.Current, world.Now) is { } online
        && Eligibility.WhyNot(ReadyTask.From(task).Shape, online.Capability, _memory.Repos[task.Repo].Settings.Trust) is null);

    private string? WhyNot(TaskState task, RepoState repo, WorkerState? worker)
    {
        if (worker is null || worker.Revoked || worker.PausedByAdmin || worker.PausedUntil > world.Now) return "worker";
        if (repo.Settings.Paused) return "paused";
        var held = _memory.Tasks.Values.Where(other => other.Repo == task.Repo && other.Phase.CountsAgainstBudget()).ToList();
        if (held.Count >= repo.Settings.MaxOpenPrs) return "budget";
        if (task.EligibleAt > world.Now || task.NotBefore > world.Now) return "time";
        if (task.DependsOn.Any(id => _memory.Tasks.GetValueOrDefault(id)?.Phase is not TaskPhase.Merged)) return "dependency";
        var skills = worker.Skills.Select(Names.CanonicalSkill).ToHashSet(StringComparer.Ordinal);
        if (!task.RequiredSkills.All(skill => skills.Contains(Names.CanonicalSkill(skill)))) return "skill";
        if (task.Tier > repo.Settings.Trust.MaxTier(worker.TrustTier)) return "trust";
        if (worker.Rejections.Any(rejection => rejection.TaskId == task.TaskId && rejection.Until > world.Now)) return "rejected";
        if (task.EstimatePoints > worker.CapacityPoints) return "points";
        if (IsFull(task.Repo, worker)) return "reviews";
        // Others go first, and they may be away: then it waits for the hour to pass.
        if (IsLate(task, worker)) return "late";
        return repo.Settings.AreaLocksEnabled && task.AreaKey is not null
            && held.Any(other => other.AreaKey == task.AreaKey && RepoAdmission.HoldsArea(repo.Settings, other.Phase)) ? "area" : null;
    }
}
