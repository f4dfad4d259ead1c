using System.Text.Json;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>One task, whole, and what is before it.</summary>
public sealed partial class PoolReadModel
{
    private static readonly SqlText TaskPayload = new(
        "SELECT PayloadBinary FROM OrleansStorage WHERE GrainTypeString = 'task' AND GrainIdExtensionString = ?1 AND GrainIdN0 = 0 AND GrainIdN1 = 0");

    private static readonly SqlText EventsOf = new(
        $"""
        SELECT {EventLogReader.Columns} FROM pool_events INDEXED BY pool_events_by_target
        WHERE target = ?1 ORDER BY seq DESC LIMIT ?2
        """);

    private static readonly SqlText InBulk = new(
        """
        SELECT 1 FROM pool_events INDEXED BY pool_events_by_target
        WHERE target = ?1 AND json_extract(details, '$.bulk_id') = ?2 LIMIT 1
        """);

    /// <summary>A chain of tasks that wait for each other ends at the other or at 10,000 of them.</summary>
    private static readonly SqlText Needs = new(
        """
        WITH RECURSIVE need(id) AS
        (
          SELECT value FROM json_each(?1)
          UNION
          SELECT item.value FROM need JOIN OrleansStorage AS task
            ON task.GrainTypeString = 'task' AND task.GrainIdExtensionString = need.id AND task.GrainIdN0 = 0 AND task.GrainIdN1 = 0,
            json_each(task.PayloadBinary, '$.depends_on') AS item
          LIMIT 10000
        )
        SELECT 1 FROM need WHERE id = ?2 LIMIT 1
        """);

    /// <summary>A task's state as UTF-8 JSON, and the latest of its events, oldest first; null if there is no such task.</summary>
    /// <param name="events">At most this many events.</param>
    public Task<StoredTask?> ReadTaskAsync(string taskId, int events, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(connection, _ =>
            {
                var payloads = RowReader.ToList(connection, TaskPayload, [taskId], row => row.IsNull(0) ? null : row.GetUtf8(0).ToArray());
                if (payloads is not [{ } payload])
                    return null;
                var timeline = RowReader.ToList(connection, EventsOf, [taskId, (long)events], EventLogReader.ToEvent);
                timeline.Reverse();
                return new StoredTask(payload, timeline);
            }),
            cancellationToken);

    /// <summary>The states of tasks as UTF-8 JSON, by id; ids that are not there are missing from the answer.</summary>
    /// <param name="taskIds">All of them are held at once: not more than a thousand.</param>
    public Task<IReadOnlyDictionary<string, byte[]>> ReadTasksAsync(
        IReadOnlyCollection<string> taskIds, CancellationToken cancellationToken = default)
        => ByIdAsync(taskIds, TaskPayload, row => row.IsNull(0) ? null : row.GetUtf8(0).ToArray(), cancellationToken);

    /// <summary>Those of the tasks that have an event of the bulk act.</summary>
    public Task<IReadOnlySet<string>> ReadChangedInBulkAsync(
        IReadOnlyCollection<string> taskIds, string bulkId, CancellationToken cancellationToken = default)
        => _readers.RunAsync<IReadOnlySet<string>>(
            connection => taskIds.Where(id => RowReader.ToList(connection, InBulk, [id, bulkId], row => row.GetInt64(0)).Count > 0)
                .ToHashSet(StringComparer.Ordinal),
            cancellationToken);

    /// <summary>Whether any of the tasks depends on the other, itself or through more tasks.</summary>
    public Task<bool> DependsOnAsync(IReadOnlyCollection<string> taskIds, string otherId, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => RowReader.ToList(connection, Needs, [TextArray(taskIds), otherId], row => row.GetInt64(0)).Count > 0,
            cancellationToken);

    private static string TextArray(IEnumerable<string> texts)
        => $"[{string.Join(',', texts.Select(text => $"\"{JsonEncodedText.Encode(text)}\""))}]";
}
