using OwpPool.Core.GitHub;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>Pull requests: whose they are, and what became of them.</summary>
public sealed partial class RepoGrain
{
    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> ReviewAsync(ReviewTask command)
    {
        EnsureServing();
        var isClaim = command.Move is ReviewMove.Opened || (command.IsFormer && command.Move is not ReviewMove.Rejected);
        if (isClaim && await WhyNotPullRequestAsync(command.TaskId, command.Artifact.PrUrl) is { } taken) return taken;
        var review = new TaskCommand.Review(command.Actor, command.Move, command.WorkerId, command.Artifact, command.Reason, LeaseTtlSeconds,
            HoldsArea: false, command.Rating, command.IsFormer);
        // With room found for it the task may come back into its worker's hands, so it is not to wait longer than the worker does.
        var reply = command.HasRoom
            ? await InTurnAsync(command.TaskId, () => AskInTurnAsync(command.TaskId, review))
            : await AskAsync(command.TaskId, review);
        if (reply.Refusal?.Reason == RefusalReason.AreaLocked) reply = await FindRoomAsync(reply.State, command, review);
        if (reply.Refusal is not { } refusal) return TaskProgress.From(reply.State);
        if (refusal.Reason == RefusalReason.LeaseExpired) await ExpireAsync(reply.State.Lease!.LeaseId, command.TaskId);
        return refusal;
    }

    /// <summary>Work goes on after review, or the review itself: what it takes is held first, in one turn of the task. What GitHub asks and
    /// finds no room is kept by the task; a maintainer is told.</summary>
    private Task<TaskReply> FindRoomAsync(TaskState task, ReviewTask command, TaskCommand.Review review) => InTurnAsync(task.TaskId, async () =>
    {
        var refusal = !command.HasRoom ? NoRoom
            : command.IsFormer ? await ReserveReviewAsync(task, command.WorkerId!)
            : await HoldAreaAgainAsync(task.WorkerId!, task.TaskId);
        if (refusal is null) return await AskInTurnAsync(task.TaskId, review with { HoldsArea = true });
        return Actors.IsAdmin(command.Actor)
            ? new TaskReply { Refusal = refusal, State = task }
            : await AskInTurnAsync(task.TaskId, review with { MustWait = true });
    });

    /// <summary>GitHub has merged another worker's pull request while this one had the task: it is free now, and nobody is to take it.</summary>
    private async Task<TaskReply> MergeAsWishedAsync(TaskReply reply, ReviewWish wish)
    {
        var merge = new TaskCommand.Review(wish.Actor, wish.Move, wish.WorkerId, wish.Artifact, wish.Reason, LeaseTtlSeconds, HoldsArea: false,
            IsFormer: true);
        return reply with { State = (await GrainFactory.GetTask(reply.State.TaskId).DecideAsync(merge, reply.State.Version)).State };
    }

    /// <summary>A pull request that was closed is under review again: it takes its place in the budget, and its area where the repo keeps it
    /// until the merge, before the task moves.</summary>
    private async Task<Refusal?> ReserveReviewAsync(TaskState task, string workerId)
    {
        await _row.WaitAsync();
        try
        {
            EnsureServing();
            if (_ledger.Find(task.TaskId) is not null || _ledger.Used >= State.Settings.MaxOpenPrs) return NoRoom;
            var isLocked = task.AreaKey is { } area && RepoAdmission.HoldsArea(State.Settings, TaskPhase.PrOpened)
                && RepoAdmission.LockedAreas(State.Settings, _ledger.Entries).Contains(area);
            if (isLocked) return NoRoom;
            var now = clock.Now();
            _ledger.Reserve(new LedgerEntry
            {
                TaskId = task.TaskId,
                WorkerId = workerId,
                Token = task.Token,
                Points = task.EstimatePoints,
                AreaKey = task.AreaKey,
                Phase = TaskPhase.PrOpened,
                GrantedAt = now,
                ReviewConfirmed = true,
            });
            await StoreReservationsAsync(now);
            return null;
        }
        finally
        {
            _row.Release();
        }
    }

    private static Refusal NoRoom => Refusal.Conflict(RefusalReason.LimitReached, "There is no room for the work now.",
        "Try again when the worker, the area or the review budget is free.");

    /// <summary>A pull request has one address, whatever its repository has been called: that under the repo's own name.</summary>
    private Artifact UnderOwnName(Artifact artifact)
    {
        if (artifact.PrUrl is not { } prUrl || State.Github is not { } github || forges.Read(prUrl) is not { } pull) return artifact;
        var isRenamed = pull.IsOf(github.Name) && !pull.IsOf(State.Repo);
        return isRenamed && PullRequestUrl.TryParse(pull.Address, out var url)
            ? artifact with { PrUrl = (url with { Repo = State.Name }).Address }
            : artifact;
    }

    /// <summary>In a repo that has an owner, a pull request is one of that repo or of those that its maintainers named (rule 10).</summary>
    private Refusal? WhyNotOfRepo(string? prUrl)
    {
        if (prUrl is null || !State.Repo.Contains('/', StringComparison.Ordinal)) return null;
        if (forges.Read(prUrl) is { } pull && (pull.IsOf(State.Repo) || State.Settings.PrRepos.Any(pull.IsOf))) return null;
        var others = State.Settings.PrRepos.Count > 0 ? $" or of {string.Join(", ", State.Settings.PrRepos)}" : "";
        return Refusal.Invalid("pr_url", $"must be a pull request of {State.Name}{others}, such as https://github.com/{State.Name}/pull/7");
    }

    /// <summary>One pull request serves one task (rule 10). Two tasks that name it in the same instant are told apart by the
    /// database.</summary>
    private async Task<Refusal?> WhyNotPullRequestAsync(string taskId, string? prUrl)
    {
        if (prUrl is null) return null;
        var owner = await reader.ReadTaskOfPullRequestAsync(prUrl, CancellationToken.None);
        return owner is null || owner == taskId ? null : Refusal.Conflict(RefusalReason.AlreadyExists,
            "This pull request is that of another task; one pull request serves one task.", "Open a pull request for this task alone.");
    }
}
