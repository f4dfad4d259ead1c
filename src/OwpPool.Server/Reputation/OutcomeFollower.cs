using System.Collections.Concurrent;
using System.Text.Json;
using OwpPool.Core.Reputation;
using OwpPool.Grains;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;

namespace OwpPool.Server.Reputation;

/// <summary>Tells workers' grains what became of their leases, from the event log. Behind by a second, so that a busy worker's row is
/// written once for all that happened in it; after a crash it goes on where it was, and a grain passes over what it has counted.</summary>
public sealed partial class OutcomeFollower(
    SqliteStorage storage, IGrainFactory grains, TimeProvider clock, ILogger<OutcomeFollower> logger) : BackgroundService
{
    private const string CursorName = "reputation";
    private const int PageSize = 1_000;

    /// <summary>Events of others that are passed before the position is noted: a note is a write, and what is not noted is kept.</summary>
    private const int NoteEvery = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly string Types = JsonSerializer.Serialize(WorkOutcome.EventTypes);

    /// <summary>What workers were not told yet because their grain failed, in order. One of them keeps no other from being told.</summary>
    private readonly ConcurrentDictionary<string, IReadOnlyList<WorkOutcome>> _untold = new(StringComparer.Ordinal);

    private long? _position;
    private long _noted;

    /// <summary>Tells all that happened until now.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        // From the first event on, and nothing is removed before it is read.
        var position = _position ??= _noted = await storage.Cursors.BeginAsync(CursorName, static () => 0, cancellationToken);
        // Noted before the log is read: what comes after it is for the next time.
        for (var latest = storage.Feed.LatestSeq; position < latest;)
        {
            var events = await storage.Events.ReadOfTypesAfterAsync(position, Types, PageSize, cancellationToken);
            await TellAsync(events, cancellationToken);
            _position = position = events.Count == PageSize ? events[^1].Seq : Math.Max(latest, events.Count > 0 ? events[^1].Seq : 0);
            await NoteAsync(position, isNews: events.Count > 0, cancellationToken);
        }
        if (_untold.IsEmpty) return;
        await TellAsync([], cancellationToken);
        await NoteAsync(position, isNews: true, cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CatchUpAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Nothing is lost: the position stands where it stood.
                LogFailed(logger, exception);
            }
        }
    }

    /// <summary>After a restart everything behind the noted position is told again: never more than what everybody was told.</summary>
    private async Task NoteAsync(long position, bool isNews, CancellationToken cancellationToken)
    {
        foreach (var outcomes in _untold.Values) position = Math.Min(position, outcomes[0].Seq - 1);
        if (position <= _noted || (!isNews && position - _noted < NoteEvery)) return;
        await storage.Cursors.AdvanceAsync(CursorName, position, cancellationToken);
        _noted = position;
    }

    private Task TellAsync(IReadOnlyList<PoolEvent> events, CancellationToken cancellationToken)
    {
        var byWorker = _untold.Values.SelectMany(static outcomes => outcomes).Concat(events.Select(OutcomeOf).OfType<WorkOutcome>())
            .GroupBy(outcome => outcome.WorkerId, StringComparer.Ordinal).ToList();
        return Parallel.ForEachAsync(byWorker, cancellationToken, async (own, _) =>
        {
            var outcomes = own.ToList();
            try
            {
                await grains.GetWorker(own.Key).LearnAsync(outcomes);
                _untold.TryRemove(own.Key, out var _);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                _untold[own.Key] = outcomes;
                LogNotTold(logger, own.Key, exception);
            }
        });
    }

    private static WorkOutcome? OutcomeOf(PoolEvent item) => WorkOutcome.Of(
        item.Seq, item.Type, JsonSerializer.Deserialize(item.Details, Hosting.WireJson.Default.DictionaryStringString)!);

    [LoggerMessage(EventId = 435, Level = LogLevel.Warning, Message = "Could not update the reputation of worker {WorkerId}; retrying.")]
    private static partial void LogNotTold(ILogger logger, string workerId, Exception exception);

    [LoggerMessage(EventId = 434, Level = LogLevel.Warning, Message = "Could not read the events for workers' reputations; retrying.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
