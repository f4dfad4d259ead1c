using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>Brings what GitHub says of a pull request to the task that it serves. May be told the same twice, and in any order.</summary>
public sealed class PullRequestDesk(SqliteStorage storage, RepositoryDesk repositories, IGrainFactory grains, TimeProvider clock)
{
    /// <summary>A task that changes hands again and again meanwhile is left to the next signal.</summary>
    private const int MaxRounds = 4;

    /// <summary>Moves the task as the signal means it; whatever does not fit is kept in the audit log of the task.</summary>
    /// <returns>What came of it, for the operator.</returns>
    public async Task<string> ApplyAsync(PullRequestSignal signal, CancellationToken cancellationToken)
    {
        var known = await repositories.TranslateAsync(signal, cancellationToken);
        if (known.Count == 0) return "Another repository has the name of the pool's repo now; its events move nothing.";
        return await ApplyOwnAsync(known.Count == 1 ? known[0] : await ChooseAsync(known, cancellationToken), cancellationToken);
    }

    /// <summary>Where several repos of the pool stand for the repository: that of the task.</summary>
    private async Task<PullRequestSignal> ChooseAsync(IReadOnlyList<PullRequestSignal> known, CancellationToken cancellationToken)
    {
        foreach (var signal in known)
            if (await storage.PullRequests.FindTaskAsync(PullRequestUrl.KeyOf(signal.PrUrl), cancellationToken) is not null) return signal;
        var named = known[0].NamedTask is { } taskId ? await grains.GetTask(taskId).GetAsync() : null;
        return known.FirstOrDefault(signal => Names.CanonicalRepo(signal.Repo) == named?.Repo) ?? known[0];
    }

    private async Task<string> ApplyOwnAsync(PullRequestSignal signal, CancellationToken cancellationToken)
    {
        var key = PullRequestUrl.KeyOf(signal.PrUrl);
        if (PullRequestRules.IsStale(signal, await storage.PullRequests.FindSignalAsync(key, cancellationToken)))
            return "Older than what is known of the pull request.";
        var taskId = await FindTaskAsync(signal, key, cancellationToken);
        var outcome = taskId is null ? "No task has this pull request." : await MoveAsync(signal, taskId, cancellationToken);
        // Last: what is remembered as seen has had its effect.
        await storage.PullRequests.StoreSignalAsync(signal, clock.Now(), cancellationToken);
        return outcome;
    }

    private async Task<string> MoveAsync(PullRequestSignal signal, string taskId, CancellationToken cancellationToken)
    {
        var outcome = "Nothing to change.";
        for (var round = 0; round < MaxRounds; round++)
        {
            var task = await grains.GetTask(taskId).GetAsync();
            // A pull request of one repo says nothing about the tasks of another.
            if (task is null || task.Repo != Names.CanonicalRepo(signal.Repo)) return "It names no task of its repo.";
            if (PullRequestRules.MeaningFor(signal, task) is not { } move) return outcome;
            if (PullRequestRules.NeedsProof(signal, task, move) && await WhyNotHoldersAsync(signal, task, cancellationToken) is { } foreign)
                return await IgnoreAsync(signal, task, foreign);
            var reply = await grains.GetRepo(task.Repo).ReviewAsync(CommandFor(signal, task, move));
            if (reply.Refusal is { Reason: RefusalReason.LeaseLost }) continue;
            if (reply.Refusal is { } refusal) return await IgnoreAsync(signal, task, refusal.Message);
            outcome = $"{taskId} is {reply.Value!.Phase.Wire()}.";
            if (task.WorkerId is { } worker) await grains.GetWorker(worker).LookAtAsync(taskId);
        }
        return outcome;
    }

    /// <summary>The task that has the pull request, else the one that it names. Whoever only said that it is its own yields to the task
    /// that the pull request names, if it is shown to be that holder's work (protocol rule 10).</summary>
    private async Task<string?> FindTaskAsync(PullRequestSignal signal, string key, CancellationToken cancellationToken)
    {
        var claimed = await storage.PullRequests.FindTaskAsync(key, cancellationToken);
        if (claimed is null || signal.NamedTask is not { } named || named == claimed) return claimed ?? signal.NamedTask;
        if (await grains.GetTask(named).GetAsync() is not { WorkerId: not null } task || task.Repo != Names.CanonicalRepo(signal.Repo)) return claimed;
        if (await WhyNotHoldersAsync(signal, task, cancellationToken) is not null) return claimed;
        if (await grains.GetTask(claimed).GetAsync() is not { } other) return named;
        var reply = await grains.GetRepo(other.Repo).ReviewAsync(CommandFor(signal, other, ReviewMove.Disowned));
        if (other.WorkerId is { } worker) await grains.GetWorker(worker).LookAtAsync(claimed);
        return reply.Value is { Phase: TaskPhase.Ready } ? named : claimed;
    }

    private async Task<string?> WhyNotHoldersAsync(PullRequestSignal signal, TaskState task, CancellationToken cancellationToken)
    {
        if (task.WorkerId is not { } workerId) return null;
        var handle = await storage.ReadModel.ReadGithubHandleAsync(workerId, cancellationToken);
        if (PullRequestRules.IsHolders(signal, task, handle)) return null;
        return PullRequestRules.CanonicalHandle(handle) is { } known
            ? $"The pull request is by '{signal.Author}' and the task is held by '{known}'."
            : $"The worker has given no GitHub handle, and no branch of the repo names the task: nothing shows that the work of '{signal.Author}' is its own.";
    }

    private async Task<string> IgnoreAsync(PullRequestSignal signal, TaskState task, string reason)
    {
        var command = CommandFor(signal, task, ReviewMove.Ignored) with { Reason = reason };
        await grains.GetRepo(task.Repo).ReviewAsync(command);
        return reason;
    }

    private static ReviewTask CommandFor(PullRequestSignal signal, TaskState task, ReviewMove move)
    {
        var artifact = new Artifact { PrUrl = signal.PrUrl, CommitSha = signal.HeadSha };
        var reason = move switch
        {
            ReviewMove.Rejected => By("The pull request was closed without being merged", signal),
            ReviewMove.Disowned => $"The pull request is that of {signal.NamedTask}, which it names.",
            ReviewMove.ChangesRequested when signal.IsDraft => By("The pull request was made a draft", signal),
            ReviewMove.ChangesRequested => By("Changes were requested", signal),
            _ => null,
        };
        return new ReviewTask(task.TaskId, move, Actors.Github, task.WorkerId, artifact, reason);
    }

    private static string By(string what, PullRequestSignal signal) => signal.Sender is { } sender ? $"{what} by '{sender}'." : $"{what}.";
}
