using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>Brings what GitHub says of a pull request to the task that it serves. May be told the same twice, and in any order.</summary>
public sealed class PullRequestDesk(SqliteStorage storage, IGrainFactory grains, TimeProvider clock)
{
    /// <summary>A task that changes hands again and again meanwhile is left to the next signal.</summary>
    private const int MaxRounds = 4;

    /// <summary>Moves the task as the signal means it; whatever does not fit is kept in the audit log of the task.</summary>
    /// <returns>What came of it, for the operator.</returns>
    public async Task<string> ApplyAsync(PullRequestSignal signal, CancellationToken cancellationToken)
    {
        var key = PullRequestUrl.KeyOf(signal.PrUrl);
        if (PullRequestRules.IsStale(signal, await storage.PullRequests.FindSignalAsync(key, cancellationToken)))
            return "Older than what is known of the pull request.";
        var taskId = await storage.PullRequests.FindTaskAsync(key, cancellationToken) ?? signal.NamedTask;
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
            if (task.WorkerId is { } holder && await WhyNotHoldersAsync(signal, holder, cancellationToken) is { } foreign)
                return await IgnoreAsync(signal, task, foreign);
            var reply = await grains.GetRepo(task.Repo).ReviewAsync(CommandFor(signal, task, move));
            if (reply.Refusal is { Reason: RefusalReason.LeaseLost }) continue;
            if (reply.Refusal is { } refusal) return await IgnoreAsync(signal, task, refusal.Message);
            outcome = $"{taskId} is {reply.Value!.Phase.Wire()}.";
            if (task.WorkerId is { } worker) await grains.GetWorker(worker).LookAtAsync(taskId);
        }
        return outcome;
    }

    private async Task<string?> WhyNotHoldersAsync(PullRequestSignal signal, string workerId, CancellationToken cancellationToken)
    {
        var handle = await storage.ReadModel.ReadGithubHandleAsync(workerId, cancellationToken);
        return PullRequestRules.MayBeBy(signal.Author, handle)
            ? null
            : $"The pull request is by '{signal.Author}' and the task is held by '{PullRequestRules.CanonicalHandle(handle)}'.";
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
            ReviewMove.ChangesRequested when signal.IsDraft => By("The pull request was made a draft", signal),
            ReviewMove.ChangesRequested => By("Changes were requested", signal),
            _ => null,
        };
        return new ReviewTask(task.TaskId, move, Actors.Github, task.WorkerId, artifact, reason);
    }

    private static string By(string what, PullRequestSignal signal) => signal.Sender is { } sender ? $"{what} by '{sender}'." : $"{what}.";
}
