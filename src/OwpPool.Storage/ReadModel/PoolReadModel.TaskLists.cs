using System.Globalization;
using OwpPool.Core.Tasks;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Lists of tasks. The order of creation is the order of the rows, and each index gives its rows in that order for each value of
/// its columns; so a page is the merged head of a few index ranges ("arms"), and costs the same wherever in the list it is.</summary>
/// <remarks>What no index says is looked up row by row, at most <see cref="MaxLookedAt"/> rows a page: then the page ends early. The orders
/// that are no row's own look at as many rows for each page, and refuse a list that has more.</remarks>
public sealed partial class PoolReadModel
{
    /// <summary>Rows that one page of a list looks at; at some 3 us each.</summary>
    public const int MaxLookedAt = 20_000;

    private const int Chunk = 500;

    private static readonly string[] AllPhases = [.. Enum.GetValues<TaskPhase>().Select(TaskPhases.Wire)];

    private static readonly ArmTexts OfAll = new("pool_tasks_in_order", "GrainTypeString = 'task'");
    private static readonly ArmTexts OfRepo = new("pool_tasks_by_repo_phase", "task_repo = ?3 AND task_phase = ?4");
    private static readonly ArmTexts OfWorker = new("pool_tasks_by_worker", "task_worker = ?3 AND task_phase = ?4");

    // Not in the order of the rows: the few that share a prefix are sorted here.
    private static readonly SqlText OfPrefix = new(
        """
        SELECT Id FROM OrleansStorage
        WHERE GrainTypeString = ?1 AND GrainIdExtensionString >= ?2 AND GrainIdExtensionString < ?3 LIMIT ?4
        """);

    private static readonly SqlText NextRepoKey = new("SELECT min(task_repo) FROM OrleansStorage WHERE task_repo > ?1");
    private static readonly SqlText PayloadOfRow = new("SELECT PayloadBinary FROM OrleansStorage WHERE Id = ?1");

    /// <summary>The queries of lists, all of them of one index range each.</summary>
    internal static IEnumerable<string> ListQueries =>
        new[] { OfAll, OfRepo, OfWorker }.SelectMany(texts => new[] { texts.Newest.Text, texts.Oldest.Text })
            .Concat([OfPrefix.Text, NextRepoKey.Text, PayloadOfRow.Text, WorkersNewest.Text, WorkersNamed.Text, WorkerName.Text, WorkerOfRow.Text, WorkerPayload.Text, ReposAfter.Text, PhasesOfRepo.Text]);

    /// <summary>A page of tasks.</summary>
    /// <returns>Null if the order asks for more rows to be looked at than a page may.</returns>
    public Task<ListPage?> ListTasksAsync(TaskPageQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _readers.RunAsync(
            connection => Snapshot.Read(connection, _ => query.Order is TaskOrder.Newest or TaskOrder.Oldest
                ? PageInRowOrder(connection, query)
                : PageInOtherOrder(connection, query)),
            cancellationToken);
    }

    private static ListPage? PageInRowOrder(NativeConnection connection, TaskPageQuery query)
    {
        var (newest, filtered) = (query.Order is TaskOrder.Newest, query.Filter != TaskFilter.None);
        var arms = ArmsOf(connection, query);
        var items = new List<byte[]>();
        var last = query.After?.Id ?? (newest ? long.MaxValue : 0);
        for (var looked = 0; looked < MaxLookedAt;)
        {
            // One more than fits tells whether this is the end.
            var wanted = filtered ? Chunk : query.Limit + 1;
            var ids = IdsAfter(connection, arms, newest, last, wanted);
            foreach (var id in ids)
            {
                // Copied only if it is in the list: descriptions are long.
                var payload = LookAt(connection, id, row => !filtered || query.Filter.Passes(TaskMarks.Of(row.GetUtf8(0)))
                    ? row.GetUtf8(0).ToArray() : null);
                if (payload is not null)
                {
                    if (items.Count == query.Limit)
                        return new ListPage(items, new ListPosition(last, ""));
                    items.Add(payload);
                }

                last = id;
                looked++;
            }

            if (ids.Count < wanted)
                return new ListPage(items, null);
        }

        return new ListPage(items, new ListPosition(last, ""));
    }

    private static ListPage? PageInOtherOrder(NativeConnection connection, TaskPageQuery query)
    {
        if (InOrder(connection, query) is not { } rows)
            return null;
        var page = rows.Where(row => query.After is null || Compare(row, query.After, query.Order) > 0).Take(query.Limit + 1).ToList();
        return new ListPage(
            [.. page.Take(query.Limit).Select(row => PayloadOf(connection, row.Id))],
            page.Count > query.Limit ? page[query.Limit - 1] : null);
    }

    /// <summary>All rows of the list, in an order that is no row's own; null if there are more than a page may look at.</summary>
    private static List<ListPosition>? InOrder(NativeConnection connection, TaskPageQuery query)
    {
        var ids = IdsAfter(connection, ArmsOf(connection, query), newest: false, 0, MaxLookedAt + 1);
        return ids.Count > MaxLookedAt ? null : InOrder(connection, query, ids);
    }

    /// <summary>The same of the oldest tasks, as many as a page may look at.</summary>
    private static List<ListPosition> InOrderUpTo(NativeConnection connection, TaskPageQuery query)
        => InOrder(connection, query, IdsAfter(connection, ArmsOf(connection, query), newest: false, 0, MaxLookedAt));

    private static List<ListPosition> InOrder(NativeConnection connection, TaskPageQuery query, List<long> ids)
    {
        var rows = new List<ListPosition>();
        foreach (var id in ids)
        {
            var marks = LookAt(connection, id, row => TaskMarks.Of(row.GetUtf8(0)));
            if (query.Filter.Passes(marks))
                rows.Add(new ListPosition(id, KeyOf(marks, query.Order)));
        }

        rows.Sort((left, right) => Compare(left, right, query.Order));
        return rows;
    }

    private static string KeyOf(TaskMarks marks, TaskOrder order) => order switch
    {
        TaskOrder.Priority => marks.Priority.ToString("D4", CultureInfo.InvariantCulture),
        TaskOrder.Attempts => marks.Attempts.ToString("D10", CultureInfo.InvariantCulture),
        TaskOrder.Waiting => marks.PhaseAt,
        _ => marks.UpdatedAt,
    };

    /// <summary>The higher key first, but for those that wait, the lower. Among equals the oldest first where that is the order of work, else
    /// the newest.</summary>
    private static int Compare(ListPosition left, ListPosition right, TaskOrder order)
    {
        var byKey = string.CompareOrdinal(right.Key, left.Key);
        if (byKey != 0)
            return order is TaskOrder.Waiting ? -byKey : byKey;
        return order is TaskOrder.Priority or TaskOrder.Waiting ? left.Id.CompareTo(right.Id) : right.Id.CompareTo(left.Id);
    }

    private static byte[] PayloadOf(NativeConnection connection, long id) => LookAt(connection, id, static row => row.GetUtf8(0).ToArray());

    private static T LookAt<T>(NativeConnection connection, long id, Func<PreparedStatement, T> look)
        => RowReader.ToList(connection, PayloadOfRow, [id], look)[0];

    private static List<Arm> ArmsOf(NativeConnection connection, TaskPageQuery query)
    {
        if (query.IdPrefix is { } prefix)
            return [new Arm(null, null, null) { Ids = IdsOfPrefix(connection, "task", prefix) }];
        var phases = query.Phases.Count > 0 ? query.Phases : AllPhases;
        if (query.WorkerId is { } worker)
            return [.. phases.Select(phase => new Arm(OfWorker, worker, phase))];
        if (query.Repo is null && query.Phases.Count == 0)
            return [new Arm(OfAll, null, null)];
        return [.. (query.Repo is { } one ? [one] : RepoKeysOfTasks(connection))
            .SelectMany(repo => phases.Select(phase => new Arm(OfRepo, repo, phase)))];
    }

    /// <summary>The rows whose ids begin so, in their order. Ids are random: few share as much as a prefix must have.</summary>
    private static List<long> IdsOfPrefix(NativeConnection connection, string kind, string prefix)
    {
        // Ids are ASCII, so that this is the first one that does not begin so.
        var end = prefix[..^1] + (char)(prefix[^1] + 1);
        var ids = RowReader.ToList(connection, OfPrefix, [kind, prefix, end, (long)MaxLookedAt], row => row.GetInt64(0));
        ids.Sort();
        return ids;
    }

    /// <summary>The repos that have tasks: from key to key in the index, not from task to task.</summary>
    private static List<string> RepoKeysOfTasks(NativeConnection connection)
    {
        var keys = new List<string>();
        while (RowReader.ToList(connection, NextRepoKey, [keys.Count > 0 ? keys[^1] : ""], row => row.GetText(0)) is [{ } next])
            keys.Add(next);
        return keys;
    }

    private static List<long> IdsAfter(NativeConnection connection, List<Arm> arms, bool newest, long after, int count)
    {
        var ids = new List<long>();
        foreach (var arm in arms)
        {
            if (arm.Ids is { } known)
            {
                ids.AddRange((newest ? known.AsEnumerable().Reverse().SkipWhile(id => id >= after) : known.SkipWhile(id => id <= after)).Take(count));
                continue;
            }
            ReadOnlySpan<object?> parameters = arm.Key is null ? [after, (long)count] : [after, (long)count, arm.Key, arm.Last];
            ids.AddRange(RowReader.ToList(connection, newest ? arm.Texts!.Newest : arm.Texts!.Oldest, parameters, row => row.GetInt64(0)));
        }

        if (arms.Count > 1)
            ids.Sort();
        if (arms.Count > 1 && newest)
            ids.Reverse();
        return ids.Count > count ? ids[..count] : ids;
    }

    /// <param name="Texts">The queries.</param>
    /// <param name="Key">First value; null = the queries take none.</param>
    /// <param name="Last">Second value.</param>
    private sealed record Arm(ArmTexts? Texts, string? Key, string? Last)
    {
        /// <summary>The rows themselves, in their order, where they are known already.</summary>
        public IReadOnlyList<long>? Ids { get; init; }
    }

    private sealed class ArmTexts(string index, string where)
    {
        public SqlText Newest { get; } =
            new($"SELECT Id FROM OrleansStorage INDEXED BY {index} WHERE {where} AND Id < ?1 ORDER BY Id DESC LIMIT ?2");

        public SqlText Oldest { get; } =
            new($"SELECT Id FROM OrleansStorage INDEXED BY {index} WHERE {where} AND Id > ?1 ORDER BY Id LIMIT ?2");
    }
}
