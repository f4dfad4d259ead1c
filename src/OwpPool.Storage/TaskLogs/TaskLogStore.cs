using System.Text;
using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.TaskLogs;

/// <summary>The logs of tasks, as rows of their own: they are no part of a task's state, and no change of the pool.</summary>
public sealed class TaskLogStore
{
    // The guard is in the statement: whether the worker holds the task is judged in the transaction that stores what it says.
    private const string Append = """
        INSERT INTO pool_task_logs (task_id, at, stored, worker, token, level, stage, message, lines_to, bytes_to)
        SELECT @task, COALESCE(json_extract(line.value, '$.at'), @now), @now, @worker, @token, json_extract(line.value, '$.level'),
          json_extract(line.value, '$.stage'), json_extract(line.value, '$.message'),
          COALESCE((SELECT lines_to FROM pool_task_logs WHERE task_id = @task ORDER BY id DESC LIMIT 1), 0) + line.key + 1,
          COALESCE((SELECT bytes_to FROM pool_task_logs WHERE task_id = @task ORDER BY id DESC LIMIT 1), 0)
            + json_extract(line.value, '$.bytes_to')
        FROM json_each(@lines) AS line
        WHERE EXISTS
        (
          SELECT 1 FROM OrleansStorage
          WHERE GrainTypeString = 'task' AND GrainIdExtensionString = @task AND task_worker = @worker
            AND json_extract(PayloadBinary, '$.token') = @token
        )
        ORDER BY line.key
        RETURNING id;
        """;

    // Found from the oldest on, so that it costs what is removed and no more.
    private const string Trim = """
        DELETE FROM pool_task_logs WHERE task_id = @task AND id <
        (
          SELECT kept.id
          FROM pool_task_logs AS kept,
            (SELECT lines_to AS lines, bytes_to AS bytes FROM pool_task_logs WHERE task_id = @task ORDER BY id DESC LIMIT 1) AS newest
          WHERE kept.task_id = @task AND kept.lines_to > newest.lines - @max_lines
            AND kept.bytes_to - length(CAST(kept.message AS BLOB)) >= newest.bytes - @max_bytes
          ORDER BY kept.id LIMIT 1
        );
        """;

    private const string RemoveOld = """
        DELETE FROM pool_task_logs WHERE id IN
        (
          SELECT id FROM (SELECT id, stored FROM pool_task_logs ORDER BY id LIMIT @limit) WHERE stored < @before
        )
        """;

    private static readonly SqlText After = new(
        """
        SELECT id, at, stored, worker, token, level, stage, message FROM pool_task_logs
        WHERE task_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3
        """);

    private static readonly SqlText First = new(
        "SELECT id, lines_to - 1 FROM pool_task_logs WHERE task_id = ?1 ORDER BY id LIMIT 1");

    private static readonly SqlText Last = new("SELECT id FROM pool_task_logs WHERE task_id = ?1 ORDER BY id DESC LIMIT 1");

    private static readonly SqlText IsKept = new("SELECT 1 FROM pool_task_logs WHERE id = ?2 AND task_id = ?1");

    private readonly SqlitePoolDataSource _database;
    private readonly ReaderPool _readers;

    internal TaskLogStore(SqlitePoolDataSource database, ReaderPool readers) => (_database, _readers) = (database, readers);

    /// <summary>The queries that must not scan; the tests ask SQLite for their plans.</summary>
    internal static IReadOnlyList<string> IndexedQueries { get; } = [After.Text, First.Text, Last.Text, IsKept.Text];

    /// <summary>Appends lines, all or none, and removes the task's oldest beyond what it may keep. Durable when it returns.</summary>
    /// <param name="lines">At least one.</param>
    /// <param name="maxLines">Lines that the task keeps.</param>
    /// <param name="maxBytes">Bytes of messages that the task keeps; at least those of one line.</param>
    /// <param name="cancellationToken">Looked at before the write is queued.</param>
    /// <returns>The id of the last; null if the worker does not hold the task under this token, and nothing was written.</returns>
    public async Task<long?> AppendAsync(NewLogLines lines, int maxLines, long maxBytes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        using var ids = await _database.RunAsync(
            Append + Trim, cancellationToken, ("@task", lines.TaskId), ("@worker", lines.WorkerId), ("@token", lines.Token),
            ("@now", Instants.Text(lines.Now)), ("@lines", ToJson(lines.Lines)), ("@max_lines", (long)maxLines), ("@max_bytes", maxBytes))
            .ConfigureAwait(false);
        long? last = null;
        while (ids.Read())
            last = Math.Max(last ?? 0, ids.GetInt64(0));
        return last;
    }

    /// <summary>The task's lines after the given one, oldest first.</summary>
    /// <param name="taskId">The task; one without lines, or that is not there, has none.</param>
    /// <param name="after">The id of the last one already seen; 0 for the oldest kept.</param>
    /// <param name="limit">At most this many; 1 or more.</param>
    /// <param name="cancellationToken">Stops waiting for a connection.</param>
    public Task<IReadOnlyList<TaskLogLine>> ReadAfterAsync(
        string taskId, long after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return _readers.RunAsync<IReadOnlyList<TaskLogLine>>(
            connection => RowReader.ToList(connection, After, [taskId, after, limit], ToLine), cancellationToken);
    }

    /// <summary>What is kept of the task's log, and whether a line is.</summary>
    public Task<TaskLogExtent> ReadExtentAsync(string taskId, long asked, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection =>
            {
                var first = RowReader.ToList(connection, First, [taskId], row => (Id: row.GetInt64(0), Removed: row.GetInt64(1)));
                var last = RowReader.ToList(connection, Last, [taskId], row => row.GetInt64(0));
                var kept = RowReader.ToList(connection, IsKept, [taskId, asked], row => row.GetInt64(0));
                return first is [var oldest] && last is [var newest]
                    ? new TaskLogExtent(oldest.Id, newest, oldest.Removed, kept.Count > 0)
                    : new TaskLogExtent(0, 0, 0, false);
            },
            cancellationToken);

    /// <summary>Removes the oldest lines of all tasks.</summary>
    /// <param name="before">Only those that arrived before this instant.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Looked at before the write is queued.</param>
    /// <returns>How many were removed.</returns>
    public async Task<int> RemoveAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default)
    {
        using var removed = await _database.RunAsync(
            RemoveOld, cancellationToken, ("@before", Instants.Text(before)), ("@limit", limit)).ConfigureAwait(false);
        return removed.RecordsAffected;
    }

    /// <summary>The lines as one parameter, each with the bytes of all messages up to it.</summary>
    private static string ToJson(IReadOnlyList<NewLogLine> lines)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            long bytes = 0;
            json.WriteStartArray();
            foreach (var line in lines)
            {
                bytes += Encoding.UTF8.GetByteCount(line.Message);
                json.WriteStartObject();
                if (line.At is { } at)
                    json.WriteString("at", Instants.Text(at));
                json.WriteString("level", line.Level);
                if (line.Stage is not null)
                    json.WriteString("stage", line.Stage);
                json.WriteString("message", line.Message);
                json.WriteNumber("bytes_to", bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static TaskLogLine ToLine(PreparedStatement row)
        => new(
            row.GetInt64(0), InstantText.Parse(row.GetUtf8(1)), InstantText.Parse(row.GetUtf8(2)), row.GetText(3)!, row.GetInt64(4),
            row.GetText(5)!, row.GetText(6), row.GetText(7)!);
}
