using System.Collections.Concurrent;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Demands for changes by reviewers whom GitHub's webhook does not call maintainers: the API is asked what they may do, beside the
/// inbox, so that a repo that GitHub does not answer for holds up no other delivery. A demand waits until there is an answer.</summary>
public sealed partial class ReviewInquiries(
    SqliteStorage storage, GitHubTransport transport, ReviewerRights rights, PullRequestDesk desk, TimeProvider clock,
    ILogger<ReviewInquiries> logger)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<long, Task> _asked = new();

    /// <summary>Ends when nothing is asked any more.</summary>
    internal Task EndAsync() => Task.WhenAll(_asked.Values);

    /// <summary>Has GitHub asked; the delivery's effect follows the answer.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="demand">What it says.</param>
    /// <param name="inbox">Told when the delivery is to be looked at again.</param>
    /// <param name="stop">Stops asking.</param>
    internal async Task BeginAsync(GitHubDelivery delivery, PullRequestSignal demand, InboxWorker inbox, CancellationToken stop)
    {
        if (!transport.HasToken)
        {
            await storage.GitHubInbox.SetDoneAsync(delivery.Id, $"Not known as a maintainer: '{demand.Sender}', whom GitHub calls " +
                $"{demand.DoubtfulReviewer}. With GITHUB_TOKEN the pool asks GitHub what reviewers may do.", stop);
            return;
        }
        await HoldAsync(delivery, "GitHub is asked what the reviewer may do.", LongestWait, stop);
        var end = new TaskCompletionSource();
        if (_asked.TryAdd(delivery.Id, end.Task)) _ = AskBesideAsync(delivery, demand, inbox, end, stop);
    }

    private async Task AskBesideAsync(
        GitHubDelivery delivery, PullRequestSignal demand, InboxWorker inbox, TaskCompletionSource end, CancellationToken stop)
    {
        try
        {
            await AskAsync(delivery, demand, inbox, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The delivery is held, and asked about after the next start.
        }
        catch (Exception fault)
        {
            // The pool's own storage; the delivery is held, and asked about again.
            LogWaits(logger, delivery.DeliveryId, fault);
        }
        finally
        {
            _asked.TryRemove(delivery.Id, out _);
            inbox.Wake();
            end.SetResult();
        }
    }

    private async Task AskAsync(GitHubDelivery delivery, PullRequestSignal demand, InboxWorker inbox, CancellationToken stop)
    {
        try
        {
            await storage.GitHubInbox.SetDoneAsync(delivery.Id, await ApplyAsync(demand, stop), stop);
        }
        catch (GitHubException fault)
        {
            LogWaits(logger, delivery.DeliveryId, fault);
            var age = clock.Now() - delivery.ReceivedAt;
            var wait = age < ShortestWait ? ShortestWait : age < LongestWait ? age : LongestWait;
            await HoldAsync(delivery, $"Waits for GitHub to say what the reviewer may do. {fault.Message}",
                fault.RetryAfter is { } after && after > wait ? after : wait, stop);
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            await inbox.PutOffAsync(delivery, fault, stop);
        }
    }

    private async Task<string> ApplyAsync(PullRequestSignal demand, CancellationToken stop)
    {
        if (!await IsOfPoolAsync(demand, stop)) return "No task has this pull request.";
        if (!await rights.MayWriteAsync(demand.Repo, demand.Sender, stop))
            return $"'{demand.Sender}' may not write to {demand.Repo}: only maintainers' demands count.";
        var seen = await storage.PullRequests.FindSignalAsync(PullRequestUrl.KeyOf(demand.PrUrl), stop);
        // What was said of the pull request while GitHub was asked does not take the demand back, unless review was asked for again.
        var latest = seen is { IsOpen: true, AsksForReview: false } && seen.UpdatedAt > demand.UpdatedAt ? seen : demand;
        return await desk.ApplyAsync(
            latest with { ChangesRequested = true, Sender = demand.Sender, DoubtfulReviewer = null, RepositoryId = demand.RepositoryId }, stop);
    }

    /// <summary>Strangers' reviews elsewhere cost no question.</summary>
    private async Task<bool> IsOfPoolAsync(PullRequestSignal demand, CancellationToken stop) =>
        await storage.GitHubRepos.FindNameAsync(Names.CanonicalRepo(demand.Repo), stop) is not null
        || (demand.RepositoryId is { } id && (await storage.GitHubRepos.ListLinkedAsync(id, stop)).Count > 0);

    private Task HoldAsync(GitHubDelivery delivery, string outcome, TimeSpan wait, CancellationToken stop) =>
        storage.GitHubInbox.HoldAsync(delivery.Id, outcome, clock.Now() + wait, stop);

    [LoggerMessage(EventId = 509, Level = LogLevel.Warning,
        Message = "GitHub's delivery {DeliveryId} waits: GitHub does not say what the reviewer may do.")]
    private static partial void LogWaits(ILogger logger, string deliveryId, Exception fault);
}
