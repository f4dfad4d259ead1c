using OwpPool.Core.GitHub;
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
        if (command.Move is ReviewMove.Opened && await WhyNotPullRequestAsync(command.TaskId, command.Artifact.PrUrl) is { } taken)
            return taken;
        var review = new TaskCommand.Review(command.Actor, command.Move, command.WorkerId, command.Artifact, command.Reason, LeaseTtlSeconds,
            HoldsArea: false, command.Rating);
        var reply = await AskAsync(command.TaskId, review);
        if (reply.Refusal?.Reason == RefusalReason.AreaLocked)
            reply = await ResumeAsync(reply.State, reply.State.WorkerId!, review with { HoldsArea = true });
        if (reply.Refusal is not { } refusal) return TaskProgress.From(reply.State);
        if (refusal.Reason == RefusalReason.LeaseExpired) await ExpireAsync(reply.State.Lease!.LeaseId, command.TaskId);
        return refusal;
    }

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
