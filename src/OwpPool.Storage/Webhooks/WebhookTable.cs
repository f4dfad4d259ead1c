using System.Data.Common;
using System.Text;
using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Webhooks;

/// <summary>Operators' webhooks and the deliveries that were given up. Every change of a hook carries its audit event.</summary>
public sealed class WebhookTable
{
    private const string Columns = """
        hook_id, url, topics, secret, old_secret, old_secret_until, state, reason, stopped_at_seq, created_at, delivered_at, failing_since,
        last_failure
        """;

    private const string Add = """
        INSERT INTO pool_webhooks (hook_id, url, topics, secret, state, created_at, changed_at, changed_by)
        SELECT @hook, @url, @topics, @secret, 'active', @now, @now, @actor WHERE (SELECT count(*) FROM pool_webhooks) < @most;
        INSERT INTO pool_cursors (name, seq)
        SELECT 'webhook.' || @hook, @seq WHERE EXISTS (SELECT 1 FROM pool_webhooks WHERE hook_id = @hook);
        """;

    private const string List = $"SELECT {Columns} FROM pool_webhooks WHERE state <> 'deleted' ORDER BY created_at, hook_id";

    internal const string Find = $"SELECT {Columns} FROM pool_webhooks WHERE hook_id = @hook AND state <> 'deleted'";

    private const string Delete = """
        UPDATE pool_webhooks SET state = 'deleted', reason = NULL, changed_at = @now, changed_by = @actor WHERE hook_id = @hook;
        DELETE FROM pool_webhooks WHERE hook_id = @hook;
        DELETE FROM pool_webhook_dead_letters WHERE hook_id = @hook;
        DELETE FROM pool_cursors WHERE name = 'webhook.' || @hook;
        """;

    private const string Rotate = """
        UPDATE pool_webhooks
        SET old_secret = secret, old_secret_until = @until, secret = @secret, changed_at = @now, changed_by = @actor
        WHERE hook_id = @hook
        """;

    // A position that does not move would keep old events for ever.
    private const string Disable = """
        UPDATE pool_webhooks
        SET state = 'disabled', reason = @reason, changed_at = @now, changed_by = @actor,
          stopped_at_seq = (SELECT seq FROM pool_cursors WHERE name = 'webhook.' || @hook)
        WHERE hook_id = @hook AND state = 'active';
        DELETE FROM pool_cursors WHERE name = 'webhook.' || @hook;
        """;

    private const string Enable = """
        INSERT INTO pool_cursors (name, seq)
        SELECT 'webhook.' || hook_id, max(COALESCE(stopped_at_seq, 0), @oldest)
        FROM pool_webhooks WHERE hook_id = @hook AND state = 'disabled'
        ON CONFLICT (name) DO NOTHING;
        UPDATE pool_webhooks
        SET state = 'active', reason = NULL, stopped_at_seq = NULL, failing_since = NULL, changed_at = @now, changed_by = @actor
        WHERE hook_id = @hook AND state = 'disabled';
        """;

    private const string Delivered = """
        UPDATE pool_webhooks SET delivered_at = @now, failing_since = NULL, last_failure = NULL WHERE hook_id = @hook;
        UPDATE pool_cursors SET seq = @seq WHERE name = 'webhook.' || @hook AND seq < @seq;
        """;

    private const string Pass = "UPDATE pool_cursors SET seq = @seq WHERE name = 'webhook.' || @hook AND seq < @seq";

    private const string Failed = """
        UPDATE pool_webhooks SET failing_since = COALESCE(failing_since, @now), last_failure = @reason WHERE hook_id = @hook
        RETURNING failing_since
        """;

    private const string Bury = """
        INSERT INTO pool_webhook_dead_letters (hook_id, seq, type, body, tries, reason, dead_at)
        SELECT @hook, @seq, @type, @body, @tries, @reason, @now WHERE EXISTS (SELECT 1 FROM pool_webhooks WHERE hook_id = @hook)
        ON CONFLICT (hook_id, seq) DO NOTHING;
        UPDATE pool_cursors SET seq = @seq WHERE name = 'webhook.' || @hook AND seq < @seq;
        """;

    internal const string Letters = """
        SELECT hook_id, seq, type, body, tries, reason, dead_at FROM pool_webhook_dead_letters
        WHERE hook_id = @hook AND seq > @after ORDER BY seq LIMIT @limit
        """;

    internal const string Letter = """
        SELECT hook_id, seq, type, body, tries, reason, dead_at FROM pool_webhook_dead_letters WHERE hook_id = @hook AND seq = @seq
        """;

    private const string Unbury = "DELETE FROM pool_webhook_dead_letters WHERE hook_id = @hook AND seq = @seq";

    private readonly SqlitePoolDataSource _database;

    internal WebhookTable(SqlitePoolDataSource database) => _database = database;

    /// <summary>The name of a hook's position in the log.</summary>
    public static string CursorOf(string hookId) => $"webhook.{hookId}";

    /// <summary>Registers a hook; it delivers what comes after <paramref name="seq"/>.</summary>
    /// <returns>False if there are as many as there may be.</returns>
    public async Task<bool> AddAsync(Webhook hook, long seq, int most, string actor, CancellationToken cancellationToken = default)
    {
        await _database.ExecuteAsync(Add,
        [
            ("@hook", hook.HookId), ("@url", hook.Url), ("@topics", JsonSerializer.Serialize(hook.Topics)), ("@secret", hook.SealedSecret),
            ("@now", Instants.Text(hook.CreatedAt)), ("@actor", actor), ("@seq", seq), ("@most", most),
        ], cancellationToken).ConfigureAwait(false);
        return await FindAsync(hook.HookId, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>All hooks, oldest first.</summary>
    public Task<IReadOnlyList<Webhook>> ListAsync(CancellationToken cancellationToken = default) =>
        _database.QueryAsync(List, [], ToHook, cancellationToken);

    /// <summary>One hook; null if there is none.</summary>
    public async Task<Webhook?> FindAsync(string hookId, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(Find, [("@hook", hookId)], ToHook, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Removes a hook with all that was kept for it.</summary>
    public Task DeleteAsync(string hookId, string actor, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Delete, [("@hook", hookId), ("@actor", actor), ("@now", Instants.Text(now))], cancellationToken);

    /// <summary>Gives a hook a new secret; the old one signs too until <paramref name="oldUntil"/>.</summary>
    public Task RotateAsync(
        string hookId, string sealedSecret, DateTimeOffset oldUntil, string actor, DateTimeOffset now,
        CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Rotate,
            [("@hook", hookId), ("@secret", sealedSecret), ("@until", Instants.Text(oldUntil)), ("@actor", actor),
                ("@now", Instants.Text(now))],
            cancellationToken);

    /// <summary>Stops a hook.</summary>
    public Task DisableAsync(
        string hookId, string reason, string actor, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Disable,
            [("@hook", hookId), ("@reason", reason), ("@actor", actor), ("@now", Instants.Text(now))], cancellationToken);

    /// <summary>Lets a hook go on where it stopped, or with the oldest event that is kept.</summary>
    /// <param name="hookId">The hook.</param>
    /// <param name="oldestSeq">The oldest event that is kept.</param>
    /// <param name="actor">Who.</param>
    /// <param name="now">When.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task EnableAsync(
        string hookId, long oldestSeq, string actor, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Enable,
            [("@hook", hookId), ("@oldest", oldestSeq - 1), ("@actor", actor), ("@now", Instants.Text(now))], cancellationToken);

    /// <summary>A delivery was taken: the hook is done with events up to this one.</summary>
    public Task SetDeliveredAsync(string hookId, long seq, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Delivered, [("@hook", hookId), ("@seq", seq), ("@now", Instants.Text(now))], cancellationToken);

    /// <summary>The hook is done with events up to this one: those since the last delivery were not asked for.</summary>
    public Task PassAsync(string hookId, long seq, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Pass, [("@hook", hookId), ("@seq", seq)], cancellationToken);

    /// <summary>A delivery was not taken.</summary>
    /// <returns>Since when none was; null if there is no such hook any more.</returns>
    public async Task<DateTimeOffset?> SetFailedAsync(string hookId, string reason, DateTimeOffset now,
        CancellationToken cancellationToken = default)
    {
        var rows = await _database.QueryAsync(
            Failed, [("@hook", hookId), ("@reason", reason), ("@now", Instants.Text(now))], row => Instant(row, 0), cancellationToken)
            .ConfigureAwait(false);
        return rows.FirstOrDefault();
    }

    /// <summary>Gives a delivery up and keeps it; the hook is done with the event.</summary>
    public Task BuryAsync(DeadLetter letter, CancellationToken cancellationToken = default) => _database.ExecuteAsync(Bury,
        [
            ("@hook", letter.HookId), ("@seq", letter.Seq), ("@type", letter.Type), ("@body", letter.Body), ("@tries", letter.Tries),
            ("@reason", letter.Reason), ("@now", Instants.Text(letter.DeadAt)),
        ], cancellationToken);

    /// <summary>Deliveries of a hook that were given up, oldest first.</summary>
    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(
        string hookId, long after, int limit, CancellationToken cancellationToken = default) =>
        _database.QueryAsync(Letters, [("@hook", hookId), ("@after", after), ("@limit", limit)], ToLetter, cancellationToken);

    /// <summary>One of them; null if there is none.</summary>
    public async Task<DeadLetter?> FindDeadLetterAsync(string hookId, long seq, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(Letter, [("@hook", hookId), ("@seq", seq)], ToLetter,
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>It was delivered after all.</summary>
    public Task RemoveDeadLetterAsync(string hookId, long seq, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Unbury, [("@hook", hookId), ("@seq", seq)], cancellationToken);

    private static Webhook ToHook(DbDataReader row) => new()
    {
        HookId = row.GetString(0),
        Url = row.GetString(1),
        Topics = JsonSerializer.Deserialize<string[]>(row.GetString(2))!,
        SealedSecret = row.GetString(3),
        OldSealedSecret = row.TextOrNull(4),
        OldSecretUntil = Instant(row, 5),
        IsActive = row.GetString(6) == "active",
        Reason = row.TextOrNull(7),
        StoppedAtSeq = row.IsDBNull(8) ? null : row.GetInt64(8),
        CreatedAt = Instant(row, 9)!.Value,
        DeliveredAt = Instant(row, 10),
        FailingSince = Instant(row, 11),
        LastFailure = row.TextOrNull(12),
    };

    private static DeadLetter ToLetter(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetInt32(4), row.GetString(5), Instant(row, 6)!.Value);

    private static DateTimeOffset? Instant(DbDataReader row, int column) =>
        row.TextOrNull(column) is { } text ? InstantText.Parse(Encoding.UTF8.GetBytes(text)) : null;
}
