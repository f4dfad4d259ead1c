using System.Data.Common;
using System.Text;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.GitHub;

/// <summary>Deliveries of GitHub's webhook between their arrival and their effect. What is acknowledged is stored; what is stored is tried
/// until it had its effect or was given up.</summary>
public sealed class GitHubInbox
{
    // A delivery that was given up is taken again when somebody has GitHub send it again.
    private const string Add = """
        INSERT INTO github_deliveries (delivery_id, event, received_at, state, due_at, signal)
        VALUES (@delivery, @event, @now, CASE WHEN @signal IS NULL THEN 'done' ELSE 'pending' END, @now, @signal)
        ON CONFLICT (delivery_id) DO UPDATE SET state = 'pending', due_at = @now, tries = 0, outcome = NULL WHERE state = 'failed'
        RETURNING id
        """;

    internal const string Due = """
        SELECT id, delivery_id, tries, signal, received_at FROM github_deliveries INDEXED BY github_deliveries_due
        WHERE state = 'pending' AND due_at <= @now ORDER BY due_at, id LIMIT @limit
        """;

    internal const string NextDue =
        "SELECT min(due_at) FROM github_deliveries INDEXED BY github_deliveries_due WHERE state = 'pending'";

    private const string Columns = "id, delivery_id, event, received_at, state, due_at, tries, outcome, signal";

    internal const string List = $"SELECT {Columns} FROM github_deliveries WHERE id < @before ORDER BY id DESC LIMIT @limit";

    internal const string ListOfState = $"""
        SELECT {Columns} FROM github_deliveries INDEXED BY github_deliveries_by_state
        WHERE state = @state AND id < @before ORDER BY id DESC LIMIT @limit
        """;

    private const string Done = """
        UPDATE github_deliveries SET state = 'done', due_at = NULL, outcome = @outcome WHERE id = @id
        """;

    private const string PutOff = """
        UPDATE github_deliveries SET tries = tries + 1, outcome = @outcome, due_at = @due,
          state = CASE WHEN @due IS NULL THEN 'failed' ELSE state END
        WHERE id = @id
        """;

    private const string Hold = "UPDATE github_deliveries SET due_at = @due, outcome = @outcome WHERE id = @id";

    internal const string Remove = """
        DELETE FROM github_deliveries WHERE id IN
        (
          SELECT id FROM github_deliveries INDEXED BY github_deliveries_by_time
          WHERE received_at < @before AND state <> 'pending' ORDER BY received_at LIMIT @limit
        )
        """;

    private readonly SqlitePoolDataSource _database;

    internal GitHubInbox(SqlitePoolDataSource database) => _database = database;

    /// <summary>Stores a delivery; on return it is durable.</summary>
    /// <param name="deliveryId">GitHub's id of it.</param>
    /// <param name="event">GitHub's word for what happened.</param>
    /// <param name="signal">What it says; null = nothing to the pool.</param>
    /// <param name="now">When it came.</param>
    /// <returns>False if it is there already.</returns>
    public async Task<bool> AddAsync(
        string deliveryId, string @event, GitHubSignal? signal, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var rows = await _database.QueryAsync(Add,
            [
                ("@delivery", deliveryId), ("@event", @event), ("@now", Instants.Text(now)),
                ("@signal", signal is null ? null : SignalJson.Write(signal)),
            ],
            row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        return rows.Count > 0;
    }

    /// <summary>The deliveries to be tried by now, in order.</summary>
    public Task<IReadOnlyList<GitHubDelivery>> ReadDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken = default) =>
        _database.QueryAsync(Due, [("@now", Instants.Text(now)), ("@limit", limit)], ToDelivery, cancellationToken);

    /// <summary>When the next delivery is to be tried; null = none waits.</summary>
    public async Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken = default)
    {
        var rows = await _database.QueryAsync(NextDue, [], row => row.TextOrNull(0), cancellationToken).ConfigureAwait(false);
        return rows[0] is { } text ? Instant(text) : null;
    }

    /// <summary>Deliveries as they stand, newest first.</summary>
    /// <param name="state">pending, done or failed; null = all.</param>
    /// <param name="before">Those that came before the one of this number.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<IReadOnlyList<GitHubDeliveryRecord>> ListAsync(
        string? state, long before, int limit, CancellationToken cancellationToken = default) =>
        _database.QueryAsync(
            state is null ? List : ListOfState, [("@state", state), ("@before", before), ("@limit", limit)], ToRecord, cancellationToken);

    /// <summary>The delivery had its effect.</summary>
    public Task SetDoneAsync(long id, string outcome, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Done, [("@id", id), ("@outcome", outcome)], cancellationToken);

    /// <summary>The delivery failed: it is tried again at <paramref name="dueAt"/>, or given up if there is none.</summary>
    public Task PutOffAsync(long id, string outcome, DateTimeOffset? dueAt, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(
            PutOff, [("@id", id), ("@outcome", outcome), ("@due", dueAt is { } due ? Instants.Text(due) : null)], cancellationToken);

    /// <summary>The delivery waits for GitHub until <paramref name="dueAt"/>, which is no try in vain.</summary>
    public Task HoldAsync(long id, string outcome, DateTimeOffset dueAt, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Hold, [("@id", id), ("@outcome", outcome), ("@due", Instants.Text(dueAt))], cancellationToken);

    /// <summary>Removes the oldest deliveries that are done or given up.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Remove, [("@before", Instants.Text(before)), ("@limit", limit)], cancellationToken);

    private static DateTimeOffset Instant(string text) => InstantText.Parse(Encoding.UTF8.GetBytes(text));

    private static GitHubDeliveryRecord ToRecord(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        DeliveryId = row.GetString(1),
        Event = row.GetString(2),
        ReceivedAt = Instant(row.GetString(3)),
        State = row.GetString(4),
        DueAt = row.TextOrNull(5) is { } due ? Instant(due) : null,
        Tries = row.GetInt32(6),
        Outcome = row.TextOrNull(7),
        Signal = row.TextOrNull(8) is { } signal ? SignalJson.TryRead(signal) : null,
    };

    private static GitHubDelivery ToDelivery(DbDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetInt32(2), SignalJson.TryRead(row.GetString(3)), Instant(row.GetString(4)));
}
