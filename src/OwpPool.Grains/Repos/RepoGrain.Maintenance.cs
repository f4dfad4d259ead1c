using OwpPool.Core.GitHub;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>What maintainers ask and do.</summary>
public sealed partial class RepoGrain
{
    /// <summary>Tasks that wait in vain and are named in an overview.</summary>
    private const int MostDeadEnds = 20;

    /// <summary>Dependencies that are looked at because somebody asks.</summary>
    private const int MostNeeds = 1_000;

    /// <inheritdoc />
    public async Task<Reply<TaskState>> MaintainAsync(string taskId, TaskCommand command)
    {
        EnsureServing();
        var needs = (((command as TaskCommand.InBulk)?.Act ?? command) as TaskCommand.Edit)?.Patch.DependsOn ?? [];
        if (await DependencyRules.WhyNotAsync(reader, taskId, needs) is { } fault) return fault;
        var reply = await AskAsync(taskId, command);
        if (reply.Refusal is { } refusal) return refusal;
        if (needs.Count > 0) await ResolveDependenciesAsync(needs);
        await EnsureSweepAsync();
        return reply.State;
    }

    /// <inheritdoc />
    public async Task<Refusal?> LinkGithubAsync(GithubRepository github, string actor)
    {
        await _row.WaitAsync();
        try
        {
            EnsureServing();
            var decision = RepoAdmission.Link(State, github, [.. _ledger.Entries], actor, clock.Now());
            if (decision.Next is { } next) await StoreAsync(next);
            return decision.Refusal;
        }
        finally
        {
            _row.Release();
        }
    }

    /// <inheritdoc />
    public async Task<Reply<TaskMoved>> MoveAsync(MoveTask command)
    {
        EnsureServing();
        var (backlog, now) = (_ledger.Backlog, clock.Now());
        backlog.Advance(now);
        BacklogPlace? place = null;
        if (backlog.Contains(command.TaskId))
        {
            if (command.BeforeTaskId is { } other && (other == command.TaskId || !backlog.Contains(other)))
                return Refusal.Invalid("before", "must be another ready task of the same repo");
            place = command.Position switch
            {
                TaskPosition.Front => backlog.Front(command.TaskId, now),
                TaskPosition.Back => backlog.Back(command.TaskId, now),
                _ => backlog.Before(command.TaskId, command.BeforeTaskId!, now),
            };
        }
        // A task that is not here is asked all the same: it says itself why it has no place.
        var task = place is null ? await LookAtAsync(command.TaskId) : null;
        if (place is null && task is null) return Refusal.NotFound("task");
        var act = new TaskCommand.Place(
            command.Actor, place?.Priority ?? task!.Priority, place?.ReadyAt ?? task!.ReadyAt, command.Reason);
        var reply = await AskAsync(command.TaskId, act);
        if (reply.Refusal is { } refusal) return refusal;
        return new TaskMoved(reply.State, backlog.Contains(command.TaskId) ? backlog.Ahead(command.TaskId, clock.Now()) : 0);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<TaskState>> CheckReviewsAsync(CheckReviews command)
    {
        EnsureServing();
        var moved = new List<TaskState>();
        foreach (var taskId in command.TaskIds)
        {
            if (_ledger.Find(taskId) is { Phase: TaskPhase.PrOpened }) continue;
            if (await LookAtAsync(taskId) is { Phase: not TaskPhase.PrOpened } task) moved.Add(task);
        }
        return moved;
    }

    /// <inheritdoc />
    public async Task<Reply<RepoOverview>> DescribeAsync()
    {
        EnsureServing();
        if (!State.Exists) return Refusal.NotFound("repo");
        await LookAtNeedsAsync(null);
        _ledger.Backlog.Advance(clock.Now());
        var deadEnds = _ledger.Backlog.DeadEnds;
        return new RepoOverview
        {
            State = State with { Ledger = [.. _ledger.Entries] },
            Ready = _ledger.Backlog.Count,
            Resting = _ledger.Backlog.RestingCount,
            Dependent = _ledger.Backlog.DependentCount,
            LeaseTtlSeconds = LeaseTtlSeconds,
            MaxAttempts = MaxAttempts,
            DeadEndCount = deadEnds.Count,
            DeadEnds = [.. deadEnds.Take(MostDeadEnds)],
        };
    }

    /// <summary>Looks at once at what a question is about: of tasks of other repos nobody tells, and the look for merges may be some time ago.
    /// </summary>
    /// <param name="taskId">The one task; null = all, as long as they are few.</param>
    private async Task LookAtNeedsAsync(string? taskId)
    {
        var needs = taskId is null ? _ledger.Backlog.OpenDependencies : _ledger.Backlog.OpenNeedsOf(taskId);
        if (needs.Count is > 0 and <= MostNeeds) await ResolveDependenciesAsync([.. needs]);
    }
}
