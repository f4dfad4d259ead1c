using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Gives stored deliveries their effect, in order of arrival, as soon as they come and after a restart. One that fails, or that
/// GitHub must be asked about, is tried again later and does not hold up the others; what came out of order is told by the signals' own
/// instants.</summary>
public sealed partial class InboxWorker(
    SqliteStorage storage, PullRequestDesk desk, RepositoryDesk repositories, ReviewInquiries inquiries, TimeProvider clock,
    ILogger<InboxWorker> logger) : BackgroundService
{
    /// <summary>So often a delivery is tried, over half a day; then it is given up, and GitHub must send it again.</summary>
    public const int MaxTries = 10;

    private const int Batch = 100;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(6);
    private readonly Bell _bell = new();

    /// <summary>A delivery was stored.</summary>
    public void Wake() => _bell.Ring();

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        _bell.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested) await _bell.WaitAsync(await LookAsync(stoppingToken), clock, stoppingToken);
        }
        finally
        {
            await inquiries.EndAsync();
        }
    }

    /// <returns>When to look again, unless something comes before.</returns>
    private async Task<TimeSpan> LookAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await WorkAsync(stoppingToken) == Batch) { }
            return await storage.GitHubInbox.ReadNextDueAsync(stoppingToken) is { } due ? Shorter(LongestRetry, due - clock.Now()) : LongestRetry;
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            // Storage is away; the deliveries are still there when it is back.
            LogInboxFailed(logger, fault);
            return FirstRetry;
        }
    }

    private async Task<int> WorkAsync(CancellationToken stoppingToken)
    {
        var due = await storage.GitHubInbox.ReadDueAsync(clock.Now(), Batch, stoppingToken);
        foreach (var delivery in due) await ApplyAsync(delivery, stoppingToken);
        return due.Count;
    }

    private async Task ApplyAsync(GitHubDelivery delivery, CancellationToken stoppingToken)
    {
        try
        {
            switch (delivery.Signal)
            {
                case PullRequestSignal { DoubtfulReviewer: not null } doubtful:
                    await inquiries.BeginAsync(delivery, doubtful, this, stoppingToken);
                    break;
                case PullRequestSignal pull:
                    await SetDoneAsync(delivery, await desk.ApplyAsync(pull, stoppingToken), stoppingToken);
                    break;
                case RepositorySignal repository:
                    await SetDoneAsync(delivery, await repositories.ApplyAsync(repository, stoppingToken), stoppingToken);
                    break;
                default:
                    LogGivenUp(logger, delivery.DeliveryId);
                    await storage.GitHubInbox.PutOffAsync(delivery.Id, "What is stored of it cannot be read.", null, stoppingToken);
                    break;
            }
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            await PutOffAsync(delivery, fault, stoppingToken);
        }
    }

    /// <summary>The delivery failed; it is tried again later.</summary>
    internal async Task PutOffAsync(GitHubDelivery delivery, Exception fault, CancellationToken stoppingToken)
    {
        LogDeliveryFailed(logger, delivery.DeliveryId, delivery.Tries + 1, fault);
        DateTimeOffset? again = delivery.Tries + 1 < MaxTries ? clock.Now() + Backoff(delivery.Tries) : null;
        if (again is null) LogGivenUp(logger, delivery.DeliveryId);
        await storage.GitHubInbox.PutOffAsync(delivery.Id, $"Failed {delivery.Tries + 1} times; the server's log says why.", again,
            stoppingToken);
    }

    private Task SetDoneAsync(GitHubDelivery delivery, string outcome, CancellationToken stoppingToken) =>
        storage.GitHubInbox.SetDoneAsync(delivery.Id, outcome, stoppingToken);

    private static TimeSpan Backoff(int tries) => Shorter(LongestRetry, FirstRetry * Math.Pow(4, Math.Min(tries, 15)));

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;

    [LoggerMessage(EventId = 506, Level = LogLevel.Warning, Message = "GitHub's delivery {DeliveryId} failed at try {Try}.")]
    private static partial void LogDeliveryFailed(ILogger logger, string deliveryId, int @try, Exception fault);

    [LoggerMessage(EventId = 505, Level = LogLevel.Error,
        Message = "GitHub's delivery {DeliveryId} is given up; see GET /v1/github/deliveries?state=failed.")]
    private static partial void LogGivenUp(ILogger logger, string deliveryId);

    [LoggerMessage(EventId = 502, Level = LogLevel.Warning, Message = "Could not read GitHub's deliveries; retrying.")]
    private static partial void LogInboxFailed(ILogger logger, Exception fault);
}
