using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Compares the pull requests of tasks with GitHub, when the server starts and every few minutes: what a lost delivery would have
/// said is said then. Only for repos with a sync setting, and only with a token. Each repo by itself: one that GitHub refuses, or that
/// hangs, keeps no other waiting.</summary>
public sealed partial class Reconciler(
    SqliteStorage storage, PullRequestDesk desk, RepositoryDesk repositories, GitHubTransport transport, GitHubClient github,
    RepoFinder finder, ReviewerRights reviewers, IOptions<GitHubOptions> options, TimeProvider clock, ILogger<Reconciler> logger)
    : BackgroundService
{
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Compares all repos once; those that are being compared already are not begun anew. One that GitHub does not answer for waits
    /// for the next time.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken) => await Task.WhenAll(await BeginAsync(cancellationToken));

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!transport.HasToken) return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.ReconcileSeconds), clock);
        try
        {
            do
            {
                try
                {
                    // Not waited for: a repo that takes longer than a round is left alone in the next.
                    _ = await BeginAsync(stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    // The pool's own storage; the next round looks again.
                    LogFailed(logger, fault);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await Task.WhenAll(_running.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<Task>> BeginAsync(CancellationToken cancellationToken)
    {
        var repos = await storage.GitHubRepos.ListAsync(cancellationToken);
        return [.. repos.Select(repo => _running.AddOrUpdate(repo.Repo, _ => RunAsync(repo, cancellationToken),
            (_, running) => running.IsCompleted ? RunAsync(repo, cancellationToken) : running))];
    }

    private async Task RunAsync(SyncedRepo repo, CancellationToken cancellationToken)
    {
        // Off the caller's turn: the factories of a dictionary must be short.
        await Task.Yield();
        while (true)
        {
            try
            {
                await ReconcileAsync(repo, cancellationToken);
                return;
            }
            catch (GitHubException fault) when (fault is { Fault: GitHubFault.RateLimited, RetryAfter: { } wait })
            {
                await Task.Delay(wait, clock, cancellationToken);
            }
            catch (GitHubException fault)
            {
                LogGitHubFailed(logger, repo.Repo, fault);
                return;
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
            {
                // The pool's own storage or silo; the next round looks again.
                LogFailed(logger, fault);
                return;
            }
        }
    }

    private async Task ReconcileAsync(SyncedRepo repo, CancellationToken cancellationToken)
    {
        var tasks = await storage.GitHubRepos.ListTasksAsync(repo.Repo, cancellationToken);
        if (tasks.Count == 0) return;
        // Where its number is known, another repository that has the name by now is not asked.
        var name = repo.Github is null ? repo.Name : (await finder.FindAsync(repo, cancellationToken)).Name;
        var ids = tasks.Select(task => task.TaskId).ToHashSet(StringComparer.Ordinal);
        var byNumber = new Dictionary<int, PullRequestTask>();
        foreach (var task in tasks)
            if (PullRequestUrl.TryParse(task.PrUrl, out var url) && Names.CanonicalRepo(url.Repo) == repo.Repo)
                byNumber[url.Number] = task;

        await foreach (var read in github.ListOpenPullsAsync(name, cancellationToken))
        {
            var known = await repositories.TranslateAsync(read with { IsAsked = true }, cancellationToken);
            if (known.FirstOrDefault(own => Names.CanonicalRepo(own.Repo) == repo.Repo) is not { } open) continue;
            if (!PullRequestUrl.TryParse(open.PrUrl, out var url)) continue;
            if (byNumber.Remove(url.Number, out var task))
                await desk.ApplyAsync(task.IsUnderReview ? await WithReviewsAsync(name, url.Number, open, task, cancellationToken) : open,
                    cancellationToken);
            else if (open.NamedTask is { } named && ids.Contains(named))
                await desk.ApplyAsync(open, cancellationToken);
        }
        // Those that are left are not open any more.
        foreach (var (number, task) in byNumber) await ApplyEndAsync(name, number, task, cancellationToken);
    }

    private async Task ApplyEndAsync(string repo, int number, PullRequestTask task, CancellationToken cancellationToken)
    {
        try
        {
            if (await github.ReadPullAsync(repo, number, cancellationToken) is { } pull)
                await desk.ApplyAsync(pull with { IsAsked = true }, cancellationToken);
        }
        catch (GitHubException fault) when (fault.Fault is GitHubFault.NotFound or GitHubFault.Gone)
        {
            LogNoSuchPull(logger, task.TaskId);
        }
    }

    /// <summary>The pull request with the demand for changes that maintainers made of it since its review began, if one stands.</summary>
    private async Task<PullRequestSignal> WithReviewsAsync(
        string repo, int number, PullRequestSignal open, PullRequestTask task, CancellationToken cancellationToken)
    {
        var verdicts = (await github.ListReviewsAsync(repo, number, cancellationToken))
            .Where(review => review.State != "COMMENTED" && review.SubmittedAt > task.PhaseAt)
            .GroupBy(review => review.Reviewer).Select(group => group.Last());
        foreach (var demand in verdicts.Where(verdict => verdict.State == "CHANGES_REQUESTED"))
        {
            if (!PullRequestRules.IsMaintainer(demand.Association)
                && !await reviewers.MayWriteAsync(repo, demand.Reviewer, cancellationToken)) continue;
            return open with
            {
                ChangesRequested = true,
                Sender = demand.Reviewer,
                UpdatedAt = demand.SubmittedAt > open.UpdatedAt ? demand.SubmittedAt : open.UpdatedAt,
            };
        }
        return open;
    }

    [LoggerMessage(EventId = 511, Level = LogLevel.Warning, Message = "Pull requests of {Repo} could not be compared with GitHub.")]
    private static partial void LogGitHubFailed(ILogger logger, string repo, Exception fault);

    [LoggerMessage(EventId = 512, Level = LogLevel.Warning, Message = "GitHub has no such pull request as task {TaskId} names.")]
    private static partial void LogNoSuchPull(ILogger logger, string taskId);

    [LoggerMessage(EventId = 513, Level = LogLevel.Warning, Message = "Could not compare pull requests with GitHub; retrying in the next round.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
