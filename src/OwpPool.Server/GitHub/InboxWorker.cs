using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Gives stored deliveries their effect, in order of arrival, as soon as they come and after a restart. One that fails is tried
/// again later and does not hold up the others; what came out of order is told by the signals' own instants.</summary>
public sealed partial class InboxWorker(
    SqliteStorage storage, PullRequestDesk desk, RepositoryDesk repositories, TimeProvider clock, ILogger<InboxWorker> logger) : BackgroundService
{
    /// <summary>So often a delivery is tried; then it is given up, and GitHub must send it again.</summary>
    public const int MaxTries = 10;

    private const int Batch = 100;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);
    private readonly SemaphoreSlim _news = new(0, 1);

    /// <summary>A delivery was stored.</summary>
    public void Wake()
    {
        // Awake already, if it is not free: it looks again before it rests.
        if (_news.CurrentCount == 0) ReleaseOnce();
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        _news.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = LongestRetry;
            try
            {
                while (await WorkAsync(stoppingToken) == Batch) { }
                if (await storage.GitHubInbox.ReadNextDueAsync(stoppingToken) is { } due) wait = Shorter(wait, due - clock.Now());
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // Storage is away; the deliveries are still there when it is back.
                LogInboxFailed(logger, fault);
                wait = FirstRetry;
            }
            await RestAsync(wait, stoppingToken);
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
            var outcome = delivery.Signal switch
            {
                PullRequestSignal pull => await desk.ApplyAsync(pull, stoppingToken),
                RepositorySignal repository => await repositories.ApplyAsync(repository, stoppingToken),
                _ => throw new InvalidOperationException($"Unknown signal {delivery.Signal.GetType().Name}."),
            };
            await storage.GitHubInbox.SetDoneAsync(delivery.Id, outcome, stoppingToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogDeliveryFailed(logger, delivery.DeliveryId, delivery.Tries + 1, fault);
            DateTimeOffset? again = delivery.Tries + 1 < MaxTries ? clock.Now() + Backoff(delivery.Tries) : null;
            if (again is null) LogGivenUp(logger, delivery.DeliveryId);
            await storage.GitHubInbox.PutOffAsync(delivery.Id, $"Failed {delivery.Tries + 1} times; the server's log says why.", again,
                stoppingToken);
        }
    }

    private async Task RestAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var news = _news.WaitAsync(rest.Token);
        await Task.WhenAny(news, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, clock, rest.Token));
        await rest.CancelAsync();
        await ((Task)news).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void ReleaseOnce()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another delivery was stored in the same instant; one wake-up serves both.
        }
    }

    private static TimeSpan Backoff(int tries) => Shorter(LongestRetry, FirstRetry * Math.Pow(2, tries));

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;

    [LoggerMessage(EventId = 506, Level = LogLevel.Warning, Message = "GitHub's delivery {DeliveryId} failed at try {Try}.")]
    private static partial void LogDeliveryFailed(ILogger logger, string deliveryId, int @try, Exception fault);

    [LoggerMessage(EventId = 505, Level = LogLevel.Error,
        Message = "GitHub's delivery {DeliveryId} is given up; see GET /v1/github/deliveries?state=failed.")]
    private static partial void LogGivenUp(ILogger logger, string deliveryId);

    [LoggerMessage(EventId = 502, Level = LogLevel.Warning, Message = "GitHub's deliveries could not be read.")]
    private static partial void LogInboxFailed(ILogger logger, Exception fault);
}
