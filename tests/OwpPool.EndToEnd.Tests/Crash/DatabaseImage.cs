using System.Globalization;
using System.Text.Json;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>One event of the log, its details taken apart.</summary>
internal sealed record LoggedEvent(
    long Seq, DateTimeOffset At, string Type, string Actor, string Target, string? Repo, IReadOnlyDictionary<string, string?> Details)
{
    /// <summary>A detail; null if the event has none of this name.</summary>
    public string? this[string detail] => Details.GetValueOrDefault(detail);

    /// <summary>What the request that caused it called itself.</summary>
    public string? Marker => this["title"] ?? this["message"] ?? this["reason"] ?? this["note"];

    public override string ToString() =>
        $"#{Seq} {Type} of {Target} by {Actor} ({this["phase_before"]} → {this["phase"]}, token {this["fencing_token"]})";
}

/// <summary>A task's row.</summary>
internal sealed record TaskRow(
    string TaskId, string Phase, string? WorkerId, string? LeaseId, DateTimeOffset? ExpiresAt, long Token, string? AreaKey);

/// <summary>A repo's row.</summary>
/// <param name="Repo">The canonical key.</param>
/// <param name="MaxOpenPrs">Its review budget.</param>
/// <param name="Paused">Whether it grants nothing.</param>
/// <param name="Ledger">The tasks that its ledger names.</param>
internal sealed record RepoRow(string Repo, int MaxOpenPrs, bool Paused, IReadOnlyList<string> Ledger);

/// <summary>All that a database says: the log and the states.</summary>
internal sealed record DatabaseImage(
    IReadOnlyList<LoggedEvent> Events, IReadOnlyList<TaskRow> Tasks, IReadOnlyList<RepoRow> Repos, int Workers)
{
    private const int PageSize = 10_000;

    /// <summary>Reads it from a database that no server has open.</summary>
    public static async Task<DatabaseImage> ReadAsync(string path)
    {
        await using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = path });
        var events = new List<LoggedEvent>();
        while (await storage.Events.ReadAfterAsync(events.Count > 0 ? events[^1].Seq : 0, PageSize) is { Count: > 0 } page)
            events.AddRange(page.Select(ToLogged));
        var tasks = await QueryAsync(storage,
            "SELECT task_id, phase, worker_id, lease_id, lease_expires_at, token, area_key FROM pool_tasks");
        var repos = await QueryAsync(storage, "SELECT repo, max_open_prs, paused, ledger FROM pool_repos");
        var workers = await QueryAsync(storage, "SELECT count(*) FROM pool_workers");
        return new DatabaseImage(events,
            [.. tasks.Select(row => new TaskRow(row[0]!, row[1]!, row[2], row[3], Instant(row[4]), Number(row[5]), row[6]))],
            [.. repos.Select(row => new RepoRow(row[0]!, (int)Number(row[1]), row[2] == "1", TasksOf(row[3]!)))],
            (int)Number(workers[0][0]));
    }

    /// <summary>An event as the storage gives it.</summary>
    public static LoggedEvent ToLogged(PoolEvent stored) => new(
        stored.Seq, stored.At, stored.Type, stored.Actor, stored.Target, stored.Repo,
        JsonSerializer.Deserialize<Dictionary<string, string?>>(stored.Details)!);

    private static List<string> TasksOf(string ledger)
    {
        using var document = JsonDocument.Parse(ledger);
        return [.. document.RootElement.EnumerateArray().Select(entry => entry.GetProperty("task_id").GetString()!)];
    }

    private static async Task<List<string?[]>> QueryAsync(SqliteStorage storage, string sql)
    {
        await using var connection = await storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column)
                ? null
                : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture))]);
        }
        return rows;
    }

    private static DateTimeOffset? Instant(string? text) => text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static long Number(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);
}
