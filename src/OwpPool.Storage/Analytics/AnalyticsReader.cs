using OwpPool.Core.Analytics;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Storage.Audit;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Analytics;

/// <summary>Figures of how work flows, from the event log and from what stands now. A million events take less than a second.</summary>
public sealed class AnalyticsReader
{
    /// <summary>Ready tasks that are looked at for waits and skills: of each repo the oldest, where those that nobody takes come to lie.
    /// </summary>
    public const int ReadyTasksLookedAt = 1000;

    private const string Steps = "SELECT type, at, actor, details FROM pool_events";

    // Half of all events are steps: to walk the log as it lies and to pass over the others costs half of what an index of types does.
    private static readonly SqlText PoolMoves = new($"{Steps} NOT INDEXED WHERE seq > ?1");

    private static readonly SqlText RepoMoves = new($"{Steps} INDEXED BY pool_events_by_repo WHERE repo = ?2 AND seq > ?1");

    private static readonly SqlText Presence = new(
        """
        SELECT target, at, details FROM pool_events INDEXED BY pool_events_by_type
        WHERE type IN ('worker.registered', 'worker.came_online', 'worker.paused', 'worker.offline', 'worker.went_offline', 'worker.revoked')
          AND seq > ?1
        ORDER BY seq
        """);

    private static readonly SqlText Workers = new("SELECT worker_id, registered_at, status, revoked, skills FROM pool_workers");

    // By the key of its grain.
    private static readonly SqlText Repo = new(
        """
        SELECT json_extract(PayloadBinary, '$.name') FROM OrleansStorage
        WHERE GrainTypeString = 'repo' AND GrainIdExtensionString = ?1 AND PayloadBinary IS NOT NULL
        """);

    private static readonly SqlText Repos = new("SELECT repo FROM pool_repos");

    private static readonly SqlText Held = new(
        """
        SELECT task_phase, task_worker, json_extract(PayloadBinary, '$.phase_at'), json_extract(PayloadBinary, '$.lease.granted_at')
        FROM OrleansStorage WHERE task_repo = ?1 AND task_phase IN ('leased', 'in_progress', 'blocked', 'pr_opened')
        """);

    // What waits for a task of its own, or for its time, does not wait for a worker.
    private static readonly SqlText Ready = new(
        """
        SELECT json_extract(PayloadBinary, '$.phase_at'), json_extract(PayloadBinary, '$.eligible_at'),
          json_extract(PayloadBinary, '$.required_skills')
        FROM (SELECT PayloadBinary FROM OrleansStorage WHERE task_repo = ?1 AND task_phase = 'ready' ORDER BY Id LIMIT ?2)
        WHERE json_array_length(PayloadBinary, '$.depends_on') = 0
        """);

    private readonly ReaderPool _readers;

    internal AnalyticsReader(ReaderPool readers) => _readers = readers;

    /// <summary>The queries that must not scan; the tests ask SQLite for their plans.</summary>
    internal static IReadOnlyList<string> IndexedQueries { get; } =
        [PoolMoves.Text, RepoMoves.Text, Presence.Text, Held.Text, Ready.Text, Workers.Text, Repos.Text];

    /// <summary>The figures of a repo; null if there is no such repo.</summary>
    /// <param name="repo">Its canonical key.</param>
    public Task<AnalyticsFigures?> ReadRepoAsync(
        string repo, AnalyticsPeriod period, DateTimeOffset now, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(connection, snapshot =>
                RowReader.ToList(snapshot, Repo, ["repo/" + repo], row => row.GetText(0)!) is [var name]
                    ? Read(snapshot, [repo], name, period, now)
                    : null),
            cancellationToken);

    /// <summary>The figures of the whole pool.</summary>
    public Task<AnalyticsFigures> ReadPoolAsync(AnalyticsPeriod period, DateTimeOffset now, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(
                connection,
                snapshot => Read(snapshot, RowReader.ToList(snapshot, Repos, [], row => row.GetText(0)!), name: null, period, now)),
            cancellationToken);

    private static AnalyticsFigures Read(
        NativeConnection connection, IReadOnlyList<string> repos, string? name, AnalyticsPeriod period, DateTimeOffset now)
    {
        var from = period.Start(now);
        var after = AuditQuery.NumberBefore(connection, from);
        var flow = new FlowStatistics(from, now);
        if (name is null) AddMoves(connection, flow, PoolMoves, after);
        else AddMoves(connection, flow, RepoMoves, after, repos[0]);
        var known = AddWorkers(connection, flow, after);
        var wanted = new List<string>();
        long reviewQueue = 0;
        foreach (var repo in repos)
        {
            reviewQueue += AddHeld(connection, flow, repo);
            wanted.AddRange(AddReady(connection, flow, repo, Math.Max(1, ReadyTasksLookedAt / repos.Count), now));
        }
        return new AnalyticsFigures(
            name, from, now, flow.ToMetrics(ofARepo: name is not null), flow.Ready, flow.Review, reviewQueue,
            Core.Analytics.Bottlenecks.Find(flow.Ready, flow.Hands, flow.Review, wanted, known));
    }

    private static void AddMoves(NativeConnection connection, FlowStatistics flow, SqlText sql, long after, string? repo = null)
    {
        var rows = connection.Prepare(sql).Get(0)!.Bind(1, after);
        if (repo is not null) rows.Bind(2, repo);
        try
        {
            while (rows.Step())
            {
                if (TaskMoveReader.TryRead(rows, out var move)) flow.Add(move);
            }
        }
        finally
        {
            rows.Reset();
        }
    }

    /// <returns>The skills of the workers that are online.</returns>
    private static HashSet<string> AddWorkers(NativeConnection connection, FlowStatistics flow, long after)
    {
        RowReader.ToList(connection, Presence, [after], row => PresenceReader.Add(row, flow.Workers));
        var skills = new HashSet<string>(StringComparer.Ordinal);
        RowReader.ToList(connection, Workers, [], row =>
        {
            var isOnline = row.GetText(2) != "offline" && row.GetInt64(3) == 0;
            flow.Workers.AddWorker(row.GetText(0)!, InstantText.Parse(row.GetUtf8(1)), isOnline);
            if (isOnline) skills.UnionWith(Skills(row, 4));
            return isOnline;
        });
        return skills;
    }

    /// <returns>How many are under review.</returns>
    private static int AddHeld(NativeConnection connection, FlowStatistics flow, string repo)
        => RowReader.ToList(connection, Held, [repo], row =>
        {
            var phase = TaskPhases.Parse(row.GetText(0)!);
            flow.AddOpen(phase, InstantText.Parse(row.GetUtf8(phase.IsLeased() && !row.IsNull(3) ? 3 : 2)), row.GetText(1));
            return phase;
        }).Count(phase => phase is TaskPhase.PrOpened);

    /// <returns>What the tasks that wait for a worker ask for.</returns>
    private static IEnumerable<string> AddReady(NativeConnection connection, FlowStatistics flow, string repo, int limit, DateTimeOffset now)
        => RowReader.ToList<IEnumerable<string>>(connection, Ready, [repo, (long)limit], row =>
        {
            var since = InstantText.Parse(row.GetUtf8(0));
            if (!row.IsNull(1) && InstantText.Parse(row.GetUtf8(1)) is var eligible && eligible > since) since = eligible;
            if (since > now) return [];
            flow.AddOpen(TaskPhase.Ready, since, worker: null);
            return Skills(row, 2);
        }).SelectMany(skills => skills);

    private static IEnumerable<string> Skills(PreparedStatement row, int column)
        => System.Text.Json.JsonSerializer.Deserialize(row.GetUtf8(column), SkillsJson.Default.StringArray)!.Select(Names.CanonicalSkill);
}
