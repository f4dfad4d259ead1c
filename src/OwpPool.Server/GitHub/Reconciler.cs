using Microsoft.Extensions.Options;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Compares the pull requests of tasks with GitHub, when the server starts and every few minutes: what a lost delivery would have
/// said is said then. Only for repos with a sync setting, and only with a token.</summary>
public sealed partial class Reconciler(
    SqliteStorage storage, PullRequestDesk desk, RepositoryDesk repositories, GitHubTransport transport, GitHubClient github, IOptions<GitHubOptions> options,
        TimeProvider clock,
    ILogger<Reconciler> logger) : BackgroundService
{
    /// <summary>Compares all repos once. One that GitHub does not answer for waits for the next time.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var repo in await storage.GitHubRepos.ListAsync(cancellationToken))
        {
            try
            {
                await ReconcileAsync(repo, cancellationToken);
            }
            catch (GitHubException fault)
            {
                LogGitHubFailed(logger, repo.Repo, fault);
                if (fault.Fault is GitHubFault.RateLimited) return;
            }
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!transport.HasToken) return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.ReconcileSeconds), clock);
        do
        {
            try
            {
                await ReconcileAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // The pool's own storage or silo; the next round looks again.
                LogFailed(logger, fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReconcileAsync(SyncedRepo repo, CancellationToken cancellationToken)
    {
        var tasks = await storage.GitHubRepos.ListTasksAsync(repo.Repo, cancellationToken);
        if (tasks.Count == 0) return;
        var ids = tasks.Select(task => task.TaskId).ToHashSet(StringComparer.Ordinal);
        var byKey = new Dictionary<string, PullRequestTask>(StringComparer.Ordinal);
        foreach (var task in tasks)
            if (PullRequestUrl.TryParse(task.PrUrl, out var url) && Names.CanonicalRepo(url.Repo) == repo.Repo)
                byKey[PullRequestUrl.KeyOf(url.Address)] = task;

        await foreach (var read in github.ListOpenPullsAsync(repo.Name, cancellationToken))
        {
            var known = await repositories.TranslateAsync(read with { IsAsked = true }, cancellationToken);
            if (known.FirstOrDefault(own => Names.CanonicalRepo(own.Repo) == repo.Repo) is not { } open) continue;
            if (byKey.Remove(PullRequestUrl.KeyOf(open.PrUrl), out var task))
                await desk.ApplyAsync(task.IsUnderReview ? await WithReviewsAsync(open, task, cancellationToken) : open, cancellationToken);
            else if (open.NamedTask is { } named && ids.Contains(named))
                await desk.ApplyAsync(open, cancellationToken);
        }
        // Those that are left are not open any more.
        foreach (var task in byKey.Values) await ApplyEndAsync(task, cancellationToken);
    }

    private async Task ApplyEndAsync(PullRequestTask task, CancellationToken cancellationToken)
    {
        try
        {
            if (PullRequestUrl.TryParse(task.PrUrl, out var url) && await github.ReadPullAsync(url, cancellationToken) is { } pull)
                await desk.ApplyAsync(pull with { IsAsked = true }, cancellationToken);
        }
        catch (GitHubException fault) when (fault.Fault is GitHubFault.NotFound)
        {
            LogNoSuchPull(logger, task.TaskId);
        }
    }

    /// <summary>The pull request with the demand for changes that maintainers made of it since its review began, if one stands.</summary>
    private async Task<PullRequestSignal> WithReviewsAsync(PullRequestSignal open, PullRequestTask task,
        CancellationToken cancellationToken)
    {
        if (!PullRequestUrl.TryParse(open.PrUrl, out var url)) return open;
        var verdicts = (await github.ListReviewsAsync(url, cancellationToken))
            .Where(review => PullRequestRules.IsMaintainer(review.Association) && review.State != "COMMENTED"
                && review.SubmittedAt > task.PhaseAt)
            .GroupBy(review => review.Reviewer).Select(group => group.Last()).ToList();
        return verdicts.Find(verdict => verdict.State == "CHANGES_REQUESTED") is { } demand
            ? open with
            {
                ChangesRequested = true,
                Sender = demand.Reviewer,
                UpdatedAt = demand.SubmittedAt > open.UpdatedAt ? demand.SubmittedAt : open.UpdatedAt,
            }
            : open;
    }

    [LoggerMessage(EventId = 511, Level = LogLevel.Warning, Message = "Pull requests of {Repo} could not be compared with GitHub.")]
    private static partial void LogGitHubFailed(ILogger logger, string repo, Exception fault);

    [LoggerMessage(EventId = 512, Level = LogLevel.Warning, Message = "GitHub has no such pull request as task {TaskId} names.")]
    private static partial void LogNoSuchPull(ILogger logger, string taskId);

    [LoggerMessage(EventId = 513, Level = LogLevel.Warning, Message = "Pull requests could not be compared with GitHub.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
