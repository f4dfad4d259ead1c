using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Json;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>The meter <c>OwpPool.Pool</c>: what an operator sets alerts on. The figures are read when somebody asks for metrics, at most
/// every ten seconds, and never for more than a tenth of the time.</summary>
public sealed partial class PoolMetrics : IDisposable
{
    /// <summary>Repos that have series of their own, those with most of their budget in use first; the others share the name "other".
    /// </summary>
    public const int NamedRepos = 50;

    private const string Others = "other";
    private const int Share = 10;

    /// <summary>There is a series of each at any time: an alert on a series that is missing never comes.</summary>
    private static readonly string[] WorkerStatuses =
        [.. EnumWords<WorkerStatus>.ByWord.Keys, "revoked"];

    private static readonly string[] DeliveryStates = ["pending", "failed"];
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly Meter _meter = new("OwpPool.Pool");
    private readonly SqliteStorage _storage;
    private readonly TimeProvider _clock;
    private readonly ILogger<PoolMetrics> _logger;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private PoolFigures? _figures;
    private TimeSpan _rest;
    private long _readAt;

    /// <summary>Begins to answer.</summary>
    public PoolMetrics(SqliteStorage storage, TimeProvider clock, ILogger<PoolMetrics> logger)
    {
        (_storage, _clock, _logger) = (storage, clock, logger);
        Gauge("owp.tasks", null, "Tasks by status.", static (figures, _) => Tasks(figures.Pool));
        Gauge("owp.tasks.ready.oldest.age", "s", "Time since the oldest ready task was created; 0 where none is ready.", OldestAge);
        Gauge("owp.review.budget.limit", null, "Tasks that may be handed out or under review at once.",
            static (figures, _) => Budgets(figures.Pool, static repo => repo.MaxOpenPrs));
        Gauge("owp.review.budget.used", null, "Tasks that are handed out or under review.", static (figures, _) => Budgets(figures.Pool, Used));
        Gauge("owp.repos.paused", null, "Repos that are paused.", static (figures, _) => [new(figures.Pool.Repos.Count(static repo => repo.Paused))]);
        Gauge("owp.workers", null, "Workers by status.", static (figures, _) => By("status", figures.Workers, WorkerStatuses));
        Gauge("owp.webhooks.behind", null, "Events that an active webhook has still to pass.", static (figures, _) => By("webhook", figures.Webhooks));
        Gauge("owp.webhooks.dead.letters", null, "Deliveries to webhooks that were given up.", static (figures, _) => [new(figures.WebhookDeadLetters)]);
        Gauge("owp.github.deliveries", null, "GitHub's deliveries that wait (pending) or were given up (failed).",
            static (figures, _) => By("state", figures.Deliveries, DeliveryStates));
        Gauge("owp.github.outward.behind", null, "Comments, labels and statuses that wait to be shown on GitHub.",
            static (figures, _) => [new(figures.OutwardBehind)]);
        _meter.CreateObservableGauge("owp.build.info", static () => new Measurement<long>(1, new("version", HealthEndpoints.Version),
            new("runtime", RuntimeInformation.FrameworkDescription)), null, "The program that runs; always 1.");
    }

    /// <summary>Reads the figures anew where they are old. If they cannot be read, their series are missing until they can.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_rest > TimeSpan.Zero && _clock.GetElapsedTime(_readAt) < _rest) return;
            var began = _clock.GetTimestamp();
            _figures = await _storage.ReadModel.ReadFiguresAsync(cancellationToken);
            var cost = _clock.GetElapsedTime(began) * Share;
            (_readAt, _rest) = (_clock.GetTimestamp(), cost > Lifetime ? cost : Lifetime);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _figures = null;
            (_readAt, _rest) = (_clock.GetTimestamp(), Lifetime);
            LogFailed(_logger, fault);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _meter.Dispose();
        _reading.Dispose();
    }

    private static IEnumerable<Measurement<double>> Tasks(PoolState state) => Enum.GetValues<TaskPhase>().Select(TaskPhases.Wire)
        .Select(status => Of(state.Repos.Sum(repo => repo.Count(status)), "status", status));

    private static IEnumerable<Measurement<double>> OldestAge(PoolFigures figures, DateTimeOffset now) =>
        [new(figures.OldestReadyAt is { } at ? Math.Max(0, (now - at).TotalSeconds) : 0)];

    private static IEnumerable<Measurement<double>> Budgets(PoolState state, Func<RepoPoolState, double> value)
    {
        var inOrder = state.Repos.OrderByDescending(Used).ThenBy(static repo => repo.Repo, StringComparer.Ordinal).ToList();
        foreach (var repo in inOrder.Take(NamedRepos)) yield return Of(value(repo), "repo", repo.Repo);
        if (inOrder.Count > NamedRepos) yield return Of(inOrder.Skip(NamedRepos).Sum(value), "repo", Others);
    }

    private static double Used(RepoPoolState repo) =>
        Enum.GetValues<TaskPhase>().Where(TaskPhases.CountsAgainstBudget).Sum(phase => repo.Count(phase.Wire()));

    private static IEnumerable<Measurement<double>> By(string label, IReadOnlyDictionary<string, long> counts, params string[] always) =>
        always.Union(counts.Keys).Select(name => Of(counts.GetValueOrDefault(name), label, name));

    private static Measurement<double> Of(double value, string label, string name) => new(value, new KeyValuePair<string, object?>(label, name));

    private void Gauge(string name, string? unit, string help, Func<PoolFigures, DateTimeOffset, IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(name, () => _figures is { } figures ? observe(figures, _clock.GetUtcNow()) : [], unit, help);

    [LoggerMessage(EventId = 471, Level = LogLevel.Warning, Message = "Could not read the pool's figures for /metrics.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
