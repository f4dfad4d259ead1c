using System.Globalization;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.EventLog;

/// <summary>How far each consumer of the log has come, for those that must miss nothing across restarts.</summary>
/// <remarks>
/// A consumer follows the log after its position, acts, and advances afterwards, so a crash between the two makes it see events again:
/// it must be idempotent by <see cref="PoolEvent.Seq"/>. Advancing once a page (<see cref="EventFeed.FollowPagesAsync"/>) costs one small
/// write for up to 256 events, and moves past those that a filter leaves out. Retention keeps what a consumer has not read, for a time.
/// </remarks>
public sealed class EventCursors
{
    private const string Get = "SELECT seq FROM pool_cursors WHERE name = @name";

    private const string Advance = """
        INSERT INTO pool_cursors (name, seq) VALUES (@name, @seq)
        ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > pool_cursors.seq
        """;

    private const string Remove = "DELETE FROM pool_cursors WHERE name = @name";

    private readonly SqlitePoolDataSource _database;

    internal EventCursors(SqlitePoolDataSource database) => _database = database;

    /// <summary>Where the consumer goes on; a new one's place is stored, so that nothing behind it is removed before it is read.</summary>
    /// <param name="name">As for <see cref="GetAsync"/>.</param>
    /// <param name="first">Where a new consumer begins; asked only then.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<long> BeginAsync(string name, Func<long> first, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        if (await GetAsync(name, cancellationToken).ConfigureAwait(false) is { } noted) return noted;
        var position = first();
        await AdvanceAsync(name, position, cancellationToken).ConfigureAwait(false);
        return position;
    }

    /// <summary>The last event that the consumer is done with.</summary>
    /// <param name="name">The consumer's own name, for example <c>github.comments</c>; case-sensitive.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Null for a new consumer, which decides itself where it begins: 0 for everything kept, or the feed's latest.</returns>
    public Task<long?> GetAsync(string name, CancellationToken cancellationToken = default)
        => ReadAsync(Get, cancellationToken, ("@name", name));

    /// <summary>Notes that the consumer is done with all events up to and with this one; durable when it returns. Never
    /// moves back.</summary>
    public async Task AdvanceAsync(string name, long seq, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(seq);
        using var written = await _database.RunAsync(Advance, cancellationToken, ("@name", name), ("@seq", seq)).ConfigureAwait(false);
    }

    /// <summary>Forgets a consumer that is switched off, so that nothing is kept for it.</summary>
    public async Task RemoveAsync(string name, CancellationToken cancellationToken = default)
    {
        using var written = await _database.RunAsync(Remove, cancellationToken, ("@name", name)).ConfigureAwait(false);
    }

    private async Task<long?> ReadAsync(string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        using var row = await _database.RunAsync(sql, cancellationToken, parameters).ConfigureAwait(false);
        return row.Read() && !row.IsDBNull(0) ? Convert.ToInt64(row.GetValue(0), CultureInfo.InvariantCulture) : null;
    }
}
