using System.Data.Common;
using System.Text;
using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.GitHub;

/// <summary>What is still to be shown on GitHub, and what was shown last.</summary>
public sealed class GitHubOutbox
{
    private const string Columns = "id, repo, kind, number, task_id, seq, at, text, tries";

    private const string Add = """
        INSERT INTO github_outbox (repo, kind, number, task_id, seq, at, text, due_at)
        SELECT value ->> 'repo', value ->> 'kind', value ->> 'number', value ->> 'task', value ->> 'seq', value ->> 'at', value ->> 'text', @now
        FROM json_each(@rows) WHERE true
        ON CONFLICT (repo, number, seq) WHERE kind = 'comment' DO NOTHING
        ON CONFLICT (repo, kind, number) WHERE kind <> 'comment'
        DO UPDATE SET task_id = excluded.task_id, seq = excluded.seq, at = excluded.at, text = excluded.text;
        INSERT INTO pool_cursors (name, seq) VALUES (@cursor, @seq)
        ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > pool_cursors.seq;
        """;

    private const string RepeatStatus = """
        INSERT INTO github_outbox (repo, kind, number, task_id, seq, at, text, due_at)
        SELECT repo, kind, number, @task, 0, @now, substr(text, instr(text, ' ') + 1), @now
        FROM github_shown WHERE repo = @repo AND kind = 'status' AND number = @number
        ON CONFLICT (repo, kind, number) WHERE kind <> 'comment' DO NOTHING
        """;

    internal const string Repos = "SELECT DISTINCT repo FROM github_outbox";

    // Of each issue's comments, and so on, only the oldest may be shown next.
    private const string IsFirst = """
        NOT EXISTS
        (
          SELECT 1 FROM github_outbox AS earlier INDEXED BY github_outbox_in_order
          WHERE earlier.repo = waiting.repo AND earlier.kind = waiting.kind AND earlier.number = waiting.number AND earlier.id < waiting.id
        )
        """;

    internal const string Due = $"""
        SELECT {Columns} FROM github_outbox AS waiting INDEXED BY github_outbox_in_order
        WHERE repo = @repo AND due_at <= @now AND {IsFirst} ORDER BY id LIMIT @limit
        """;

    internal const string NextDue = $"""
        SELECT min(due_at) FROM github_outbox AS waiting INDEXED BY github_outbox_in_order WHERE repo = @repo AND {IsFirst}
        """;

    private const string Begin = "UPDATE github_outbox SET tries = tries + 1 WHERE id = @id";

    private const string PutOff = "UPDATE github_outbox SET due_at = @due WHERE id = @id";

    private const string Hurry = "UPDATE github_outbox SET due_at = @now WHERE repo = @repo AND kind = @kind AND due_at > @now";

    // What is to be shown by now may be another label or status than the one that was begun.
    private const string Done = """
        DELETE FROM github_outbox WHERE id = @id AND seq = @seq;
        INSERT INTO github_shown (repo, kind, number, text, at) SELECT @repo, @kind, @number, @shown, @now WHERE @shown IS NOT NULL
        ON CONFLICT (repo, kind, number) DO UPDATE SET text = excluded.text, at = excluded.at;
        """;

    internal const string Shown = "SELECT text FROM github_shown WHERE repo = @repo AND kind = @kind AND number = @number";

    private const string Clear = """
        DELETE FROM github_outbox WHERE repo = @repo;
        DELETE FROM github_shown WHERE repo = @repo;
        """;

    internal const string RemoveOld = """
        DELETE FROM github_outbox WHERE id IN
          (SELECT id FROM github_outbox INDEXED BY github_outbox_by_time WHERE at < @before ORDER BY at LIMIT @limit)
        """;

    internal const string RemoveShown = """
        DELETE FROM github_shown WHERE (repo, kind, number) IN
          (SELECT repo, kind, number FROM github_shown INDEXED BY github_shown_by_time WHERE at < @before ORDER BY at LIMIT @limit)
        """;

    private readonly SqlitePoolDataSource _database;

    internal GitHubOutbox(SqlitePoolDataSource database) => _database = database;

    /// <summary>Stores what an event is to show, and that the event log was followed up to it: both or neither.</summary>
    /// <param name="rows">Any number, of one event.</param>
    /// <param name="cursor">The name of the position.</param>
    /// <param name="seq">The event.</param>
    /// <param name="now">When they may be shown.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task AddAsync(
        IReadOnlyList<OutwardRow> rows, string cursor, long seq, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Add, [("@rows", ToJson(rows)), ("@cursor", cursor), ("@seq", seq), ("@now", Instants.Text(now))],
            cancellationToken);

    /// <summary>Has the last status of a pull request shown again, on its head commit of by then; nothing where there was none.</summary>
    /// <returns>Whether there is something to show.</returns>
    public async Task<bool> RepeatStatusAsync(
        string repo, int number, string taskId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        await _database.ExecuteAsync(RepeatStatus,
            [("@repo", repo), ("@number", number), ("@task", taskId), ("@now", Instants.Text(now))], cancellationToken)
            .ConfigureAwait(false) > 0;

    /// <summary>The repos that something waits for.</summary>
    public Task<IReadOnlyList<string>> ListReposAsync(CancellationToken cancellationToken = default) =>
        _database.QueryAsync(Repos, [], row => row.GetString(0), cancellationToken);

    /// <summary>What of a repo may be shown by now, in order.</summary>
    public Task<IReadOnlyList<OutwardRow>> ReadDueAsync(
        string repo, DateTimeOffset now, int limit, CancellationToken cancellationToken = default) => _database.QueryAsync(
        Due, [("@repo", repo), ("@now", Instants.Text(now)), ("@limit", limit)], ToRow, cancellationToken);

    /// <summary>When the next of a repo may be shown; null = nothing waits.</summary>
    public async Task<DateTimeOffset?> ReadNextDueAsync(string repo, CancellationToken cancellationToken = default)
    {
        var rows = await _database.QueryAsync(NextDue, [("@repo", repo)], row => row.TextOrNull(0), cancellationToken)
            .ConfigureAwait(false);
        return rows[0] is { } text ? InstantText.Parse(Encoding.UTF8.GetBytes(text)) : null;
    }

    /// <summary>It is about to be done.</summary>
    public Task BeginAsync(long id, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Begin, [("@id", id)], cancellationToken);

    /// <summary>It is tried again at <paramref name="dueAt"/>.</summary>
    public Task PutOffAsync(long id, DateTimeOffset dueAt, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(PutOff, [("@id", id), ("@due", Instants.Text(dueAt))], cancellationToken);

    /// <summary>All of a kind in a repo may be tried at once: GitHub takes it again.</summary>
    public Task HurryAsync(string repo, OutwardKind kind, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Hurry, [("@repo", repo), ("@kind", Word(kind)), ("@now", Instants.Text(now))], cancellationToken);

    /// <summary>It is done, or will never be.</summary>
    /// <param name="row">As it was read.</param>
    /// <param name="shown">What GitHub shows by now; null = as before.</param>
    /// <param name="now">When.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task SetDoneAsync(OutwardRow row, string? shown, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Done,
        [
            ("@id", row.Id), ("@seq", row.Seq), ("@repo", row.Repo), ("@kind", Word(row.Kind)), ("@number", row.Number), ("@shown", shown),
            ("@now", Instants.Text(now)),
        ], cancellationToken);

    /// <summary>What was last shown of the same thing; null = nothing, or not for long.</summary>
    public async Task<string?> FindShownAsync(OutwardRow row, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(Shown, [("@repo", row.Repo), ("@kind", Word(row.Kind)), ("@number", row.Number)],
            found => found.GetString(0), cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Forgets what was to be shown in a repo, and what was shown.</summary>
    public Task ClearAsync(string repo, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Clear, [("@repo", repo)], cancellationToken);

    /// <summary>Gives up what GitHub has not taken since <paramref name="before"/>.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveOldAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(RemoveOld, [("@before", Instants.Text(before)), ("@limit", limit)], cancellationToken);

    /// <summary>Forgets what was shown last before <paramref name="before"/>.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveShownAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(RemoveShown, [("@before", Instants.Text(before)), ("@limit", limit)], cancellationToken);

    private static string ToJson(IReadOnlyList<OutwardRow> rows)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var row in rows)
            {
                json.WriteStartObject();
                json.WriteString("repo", row.Repo);
                json.WriteString("kind", Word(row.Kind));
                json.WriteNumber("number", row.Number);
                json.WriteString("task", row.TaskId);
                json.WriteNumber("seq", row.Seq);
                json.WriteString("at", Instants.Text(row.At));
                json.WriteString("text", row.Text);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static OutwardRow ToRow(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Repo = row.GetString(1),
        Kind = row.GetString(2) switch { "comment" => OutwardKind.Comment, "label" => OutwardKind.Label, _ => OutwardKind.Status },
        Number = row.GetInt32(3),
        TaskId = row.GetString(4),
        Seq = row.GetInt64(5),
        At = InstantText.Parse(Encoding.UTF8.GetBytes(row.GetString(6))),
        Text = row.GetString(7),
        Tries = row.GetInt32(8),
    };

    private static string Word(OutwardKind kind) => kind switch
    {
        OutwardKind.Comment => "comment",
        OutwardKind.Label => "label",
        _ => "status",
    };
}
