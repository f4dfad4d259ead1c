using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>What waits for a maintainer: the heads of a few lists, each from an index.</summary>
public sealed partial class PoolReadModel
{
    private const string Unconfirmed =
        "FROM OrleansStorage INDEXED BY pool_tasks_merged_unconfirmed WHERE task_phase = 'merged' AND json_extract(PayloadBinary, '$.confirmed_by') IS NULL";

    private static readonly SqlText UnconfirmedIds = new($"SELECT Id {Unconfirmed} LIMIT ?1");
    private static readonly SqlText UnconfirmedIdsOfRepo = new($"SELECT Id {Unconfirmed} AND task_repo = ?2 LIMIT ?1");

    private static readonly SqlText DeadIds = new(
        """
        SELECT Id FROM OrleansStorage INDEXED BY pool_tasks_dead WHERE task_phase = 'dead_letter' AND (?2 IS NULL OR task_repo = ?2)
        ORDER BY json_extract(PayloadBinary, '$.phase_at') DESC LIMIT ?1
        """);

    private static readonly SqlText Failing = new(
        """
        SELECT PayloadBinary FROM OrleansStorage INDEXED BY pool_workers_failing WHERE GrainTypeString = 'worker'
          AND (json_extract(PayloadBinary, '$.reputation.lost_to_pause') >= 3 OR json_extract(PayloadBinary, '$.reputation.pauses_in_a_row') > 0)
        LIMIT ?1
        """);

    private static readonly SqlText CountInPhase = new("SELECT count(*) FROM OrleansStorage WHERE task_repo = ?1 AND task_phase = ?2");
    private static readonly SqlText CountHeld = new($"SELECT count(*) FROM OrleansStorage WHERE task_repo = ?1 AND task_phase IN {HeldPhases}");

    private static readonly SqlText LastPauseOf = new(
        """
        SELECT COALESCE(json_extract(details, '$.note'), json_extract(details, '$.reason')) FROM
        (
          SELECT type, details FROM pool_events INDEXED BY pool_events_by_target WHERE target = ?1 ORDER BY seq DESC LIMIT 50
        )
        WHERE type IN ('worker.paused', 'worker.paused_by_failures', 'worker.paused_by_admin') LIMIT 1
        """);

    /// <summary>The queries of the desk that must not scan.</summary>
    internal static IEnumerable<string> DeskQueries => [DeadIds.Text, Failing.Text, CountInPhase.Text, CountHeld.Text, LastPauseOf.Text];

    /// <summary>What waits for a maintainer.</summary>
    /// <param name="repo">The canonical key of the one repo to look at; null = all.</param>
    /// <param name="limit">Tasks of each list, at most.</param>
    /// <param name="cancellationToken">Looked at before the read.</param>
    public Task<DeskPicture> ReadDeskAsync(string? repo, int limit, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(connection, _ => new DeskPicture
            {
                Reviews = Longest(connection, repo, "pr_opened", new TaskFilter { MergeReported = false }, limit),
                Merges = Claimed(connection, repo, limit),
                Blocked = Longest(connection, repo, "blocked", TaskFilter.None, limit),
                DeadLetters = Head(connection, RowReader.ToList(connection, DeadIds, [(long)MaxLookedAt, repo], IdOf), limit),
                FailingWorkers = RowReader.ToList(connection, Failing, [(long)MaxLookedAt], row => row.GetUtf8(0).ToArray()),
                Repos = WithoutRoom(connection, repo),
            }),
            cancellationToken);

    /// <summary>The states of the workers, as UTF-8 JSON, by id; ids that are not there are missing from the answer.</summary>
    public Task<IReadOnlyDictionary<string, byte[]>> ReadWorkersAsync(
        IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default)
        => ByIdAsync(workerIds, WorkerPayload, row => row.IsNull(0) ? null : row.GetUtf8(0).ToArray(), cancellationToken);

    /// <summary>What was last said when the worker was paused, by its id; workers of whom nothing was said are missing from the answer.</summary>
    public Task<IReadOnlyDictionary<string, string>> ReadPauseNotesAsync(
        IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default)
        => ByIdAsync(workerIds, LastPauseOf, row => row.GetText(0), cancellationToken);

    private static DeskRows Longest(NativeConnection connection, string? repo, string phase, TaskFilter filter, int limit)
    {
        var query = new TaskPageQuery { Repo = repo, Phases = [phase], Filter = filter, Order = TaskOrder.Waiting, Limit = limit };
        return Head(connection, InOrderUpTo(connection, query).ConvertAll(row => row.Id), limit);
    }

    private static DeskRows Claimed(NativeConnection connection, string? repo, int limit)
    {
        var query = new TaskPageQuery
        {
            Repo = repo, Phases = ["pr_opened"], Filter = new TaskFilter { MergeReported = true }, Order = TaskOrder.Waiting, Limit = limit,
        };
        var ids = InOrderUpTo(connection, query).ConvertAll(row => row.Id);
        var merged = repo is null
            ? RowReader.ToList(connection, UnconfirmedIds, [(long)MaxLookedAt], IdOf)
            : RowReader.ToList(connection, UnconfirmedIdsOfRepo, [(long)MaxLookedAt, repo], IdOf);
        merged.Sort();
        return Head(connection, [.. ids, .. merged], limit);
    }

    private static DeskRows Head(NativeConnection connection, List<long> ids, int limit)
        => new(ids.Count, [.. ids.Take(limit).Select(id => PayloadOf(connection, id))]);

    private static List<DeskRepoRow> WithoutRoom(NativeConnection connection, string? only)
    {
        var found = new List<DeskRepoRow>();
        var repos = RowReader.ToList(
            connection, RepoSettings, [],
            row => (Key: row.GetText(0)!, Name: row.GetText(1)!, MaxOpenPrs: (int)row.GetInt64(2), Paused: row.GetInt64(3) != 0));
        foreach (var repo in repos.Where(repo => only is null || repo.Key == only))
        {
            var reserved = RowReader.ToList(connection, CountHeld, [repo.Key], row => row.GetInt64(0))[0];
            if (!repo.Paused && reserved < repo.MaxOpenPrs)
                continue;
            if (CountOf(connection, repo.Key, "ready") is > 0 and var ready)
                found.Add(new DeskRepoRow(repo.Name, repo.Paused, repo.MaxOpenPrs, reserved, CountOf(connection, repo.Key, "pr_opened"), ready));
        }

        return [.. found.OrderByDescending(repo => repo.Ready)];
    }

    private static long CountOf(NativeConnection connection, string repo, string phase)
        => RowReader.ToList(connection, CountInPhase, [repo, phase], row => row.GetInt64(0))[0];

    private static long IdOf(PreparedStatement row) => row.GetInt64(0);
}
