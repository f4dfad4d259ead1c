using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.GitHub.Outward;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>Brings what GitHub says of a pull request to the task that it serves. May be told the same twice, and in any order.</summary>
public sealed class PullRequestDesk(
    SqliteStorage storage, RepositoryDesk repositories, OutwardWorker outward, IGrainFactory grains, TimeProvider clock)
{
    /// <summary>A task that changes hands again and again meanwhile is left to the next signal.</summary>
    private const int MaxRounds = 4;

    /// <summary>Of a task's earlier workers so many are looked at.</summary>
    private const int MaxFormer = 5;

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

    /// <summary>Brings what GitHub has said of a pull request, which had no task then, to the task that its worker has now reported it for.
    /// </summary>
    public async Task RecallAsync(string key, CancellationToken cancellationToken)
    {
        if (await storage.PullRequests.FindStoryAsync(key, cancellationToken) is not { } story) return;
        if (!story.Latest.IsOpen || story.UntoldDemand is not null) await TellAsync(story, story.NewsSince(story), key, story.Latest.HeadSha, cancellationToken);
    }

    private async Task<string> ApplyOwnAsync(PullRequestSignal signal, CancellationToken cancellationToken)
    {
        var key = PullRequestUrl.KeyOf(signal.PrUrl);
        var before = await storage.PullRequests.FindStoryAsync(key, cancellationToken);
        var story = before?.With(signal) ?? PullRequestStory.Begin(signal);
        var news = story.NewsSince(before);
        if (before is not null && !IsNews(signal, before, news))
        {
            // It may still tell what came before what.
            if (story != before) await storage.PullRequests.StoreAsync(story, clock.Now(), cancellationToken);
            return "Older than what is known of the pull request.";
        }
        return await TellAsync(story, news, key, before?.Latest.HeadSha, cancellationToken);
    }

    /// <summary>Whether there is something to tell. How the pull request stands is told again when the pool hears it again, for the task may be
    /// another by then; an act is done once.</summary>
    private static bool IsNews(PullRequestSignal signal, PullRequestStory before, PullRequestSignal news)
    {
        if (news.AsksForReview || news.ChangesRequested) return true;
        var stands = (news.UpdatedAt, news.IsOpen, news.IsMerged, news.IsDraft);
        if (stands != (before.Latest.UpdatedAt, before.Latest.IsOpen, before.Latest.IsMerged, before.Latest.IsDraft)) return true;
        var isAct = (signal.AsksForReview || signal.ChangesRequested)
            && (signal.Author, signal.NamedTask) == (before.Latest.Author, before.Latest.NamedTask);
        return !isAct && (signal.UpdatedAt, signal.IsOpen, signal.IsMerged, signal.IsDraft) == stands;
    }

    private async Task<string> TellAsync(
        PullRequestStory story, PullRequestSignal news, string key, string? headBefore, CancellationToken cancellationToken)
    {
        var taskId = await FindTaskAsync(news, key, cancellationToken);
        var (outcome, isTold) = taskId is null ? ("No task has this pull request.", false) : await MoveAsync(news, taskId, cancellationToken);
        if (isTold && story.StandingDemand is { } demand) story = story with { ToldDemandAt = demand.UpdatedAt };
        if (news.IsOpen && news.HeadSha != headBefore) await ShowOnHeadAsync(news, taskId, cancellationToken);
        // Last: what is remembered as seen has had its effect.
        await storage.PullRequests.StoreAsync(story, clock.Now(), cancellationToken);
        return outcome;
    }

    /// <summary>A commit status is one commit's: the next commit has none until it is set anew.</summary>
    private async Task ShowOnHeadAsync(PullRequestSignal signal, string? taskId, CancellationToken cancellationToken)
    {
        if (!PullRequestUrl.TryParse(signal.PrUrl, out var url)) return;
        var repo = Names.CanonicalRepo(signal.Repo);
        if (await storage.GitHubOutbox.RepeatStatusAsync(repo, url.Number, taskId ?? "", clock.Now(), cancellationToken)) outward.Wake(repo);
    }

    /// <returns>What came of it, and whether the task knows now what is asked of it.</returns>
    private async Task<(string Outcome, bool IsTold)> MoveAsync(PullRequestSignal signal, string taskId, CancellationToken cancellationToken)
    {
        var outcome = "Nothing to change.";
        for (var round = 0; round < MaxRounds; round++)
        {
            var task = await grains.GetTask(taskId).GetAsync();
            // A pull request of one repo says nothing about the tasks of another.
            if (task is null || task.Repo != Names.CanonicalRepo(signal.Repo)) return ("It names no task of its repo.", false);
            var former = await FindFormerAsync(signal, task, cancellationToken);
            var meaning = former is null ? PullRequestRules.MeaningFor(signal, task) : PullRequestRules.MeaningForFormer(signal, task, former);
            if (meaning is not { } move) return (outcome, true);
            if (former is null && PullRequestRules.NeedsProof(signal, task, move)
                && await WhyNotHoldersAsync(signal, task, cancellationToken) is { } foreign)
                return (await IgnoreAsync(signal, task, foreign), false);
            var reply = await AskAsync(CommandFor(signal, task, move) with { WorkerId = former ?? task.WorkerId, IsFormer = former is not null }, task);
            if (reply.Refusal is { Reason: RefusalReason.LeaseLost or RefusalReason.LeaseExpired }) continue;
            if (reply.Refusal is { } refusal) return (await IgnoreAsync(signal, task, refusal.Message), false);
            var isKept = reply.Value!.Phase == task.Phase && (former is not null || move is ReviewMove.ChangesRequested);
            outcome = isKept ? $"{taskId} is {task.Phase.Wire()}; what GitHub asks is done when there is room." : $"{taskId} is {reply.Value.Phase.Wire()}.";
            if (isKept) return (outcome, true);
        }
        return (outcome, true);
    }

    /// <summary>What gives a worker work goes through the worker, which knows its room; the rest it hears of.</summary>
    private async Task<Reply<TaskProgress>> AskAsync(ReviewTask command, TaskState task)
    {
        var givesWork = command.Move is ReviewMove.ChangesRequested || (command.IsFormer && command.Move is ReviewMove.Opened);
        if (givesWork && command.WorkerId is { } back) return await grains.GetWorker(back).ReviewAsync(command);
        var reply = await grains.GetRepo(task.Repo).ReviewAsync(command);
        if (reply.Refusal is not null) return reply;
        foreach (var worker in new[] { task.WorkerId, command.WorkerId }.OfType<string>().Distinct(StringComparer.Ordinal))
            await grains.GetWorker(worker).LookAtAsync(task.TaskId);
        return reply;
    }

    /// <summary>The worker that had the task before, if this is its pull request: the one that was under review, or one that is shown to be
    /// its. Null if it is about whoever has the task now, or about nobody.</summary>
    private async Task<string?> FindFormerAsync(PullRequestSignal signal, TaskState task, CancellationToken cancellationToken)
    {
        if (PullRequestRules.IsOfFormer(signal, task) && task.Former is { } former)
        {
            if (former.ReviewConfirmedBy is not null || (!signal.IsOpen && !signal.IsMerged)) return former.WorkerId;
            return (await IsAuthorsAsync(signal, former.WorkerId, cancellationToken) ?? PullRequestRules.IsBranchOf(signal, task)) ? former.WorkerId : null;
        }
        if (task.Phase is not TaskPhase.Ready || !(signal.IsMerged || signal.AsksForReview || signal.ChangesRequested)) return null;
        var workers = task.History.Select(past => past.WorkerId).Reverse().Distinct(StringComparer.Ordinal).Take(MaxFormer).ToList();
        bool? isLasts = null;
        foreach (var worker in workers)
        {
            var isOwn = await IsAuthorsAsync(signal, worker, cancellationToken);
            if (isOwn is true) return worker;
            if (worker == workers[0]) isLasts = isOwn;
        }
        return workers.Count > 0 && isLasts is null && PullRequestRules.IsBranchOf(signal, task) ? workers[0] : null;
    }

    private async Task<bool?> IsAuthorsAsync(PullRequestSignal signal, string workerId, CancellationToken cancellationToken) =>
        PullRequestRules.IsAuthors(signal, await storage.ReadModel.ReadGithubHandleAsync(workerId, cancellationToken));

    /// <summary>The task that has the pull request, else the one that had it, else the one that it names. Whoever only said that it is its own
    /// yields to the task that the pull request names, if it is shown to be that holder's work (protocol rule 10).</summary>
    private async Task<string?> FindTaskAsync(PullRequestSignal signal, string key, CancellationToken cancellationToken)
    {
        var claimed = await storage.PullRequests.FindTaskAsync(key, cancellationToken);
        if (claimed is null) return await storage.PullRequests.FindFormerTaskAsync(key, cancellationToken) ?? signal.NamedTask;
        if (signal.NamedTask is not { } named || named == claimed) return claimed;
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
