using System.Threading.Channels;
using Microsoft.Extensions.Options;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub.Outward;

/// <summary>Shows on GitHub what the outbox holds, each repo by itself: one that is refused, slow or hangs keeps no other waiting.</summary>
public sealed partial class OutwardWorker(
    SqliteStorage storage, GitHubTransport transport, RepoFinder finder, IssueMirror mirror, IOptions<GitHubOptions> options,
    TimeProvider clock, ILogger<OutwardWorker> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly Channel<string> _news = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, (OutwardLane Lane, Task Run)> _lanes = new(StringComparer.Ordinal);

    /// <summary>There is something new for a repo.</summary>
    /// <param name="repo">The canonical key.</param>
    public void Wake(string repo)
    {
        if (transport.HasToken) _news.Writer.TryWrite(repo);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // What waits is shown when there is a token again.
            if (!transport.HasToken) return;
            foreach (var repo in await ReposAsync(stoppingToken)) RingAt(repo, stoppingToken);
            await foreach (var repo in _news.Reader.ReadAllAsync(stoppingToken)) RingAt(repo, stoppingToken);
        }
        finally
        {
            await Task.WhenAll(_lanes.Values.Select(lane => lane.Run)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (lane, _) in _lanes.Values) lane.Dispose();
        }
    }

    private void RingAt(string repo, CancellationToken stoppingToken)
    {
        if (_lanes.TryGetValue(repo, out var known))
        {
            known.Lane.Ring();
            return;
        }
        var lane = new OutwardLane(repo, storage, finder, mirror, options.Value, clock, logger);
        _lanes[repo] = (lane, lane.RunAsync(stoppingToken));
    }

    private async Task<IReadOnlyList<string>> ReposAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                return await storage.GitHubOutbox.ListReposAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, fault);
                await Task.Delay(RetryDelay, clock, stoppingToken);
            }
        }
    }

    [LoggerMessage(EventId = 525, Level = LogLevel.Warning, Message = "Could not read what is to be shown on GitHub; retrying.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
