using OwpPool.Core.Shared;

namespace OwpPool.Storage.Answers;

/// <summary>The answers to idempotency keys, as rows.</summary>
public sealed class StoredAnswers
{
    // The index by name: without it every batch would read all answers, and a plan that loses it should fail in a test, not slow down.
    private const string Remove = """
        DELETE FROM OrleansStorage WHERE Id IN
        (
          SELECT Id FROM OrleansStorage INDEXED BY pool_answers_by_time
          WHERE GrainTypeString = 'answer' AND json_extract(PayloadBinary, '$.at') < @before
          ORDER BY json_extract(PayloadBinary, '$.at') LIMIT @limit
        )
        """;

    private readonly Sqlite.SqlitePoolDataSource _database;

    internal StoredAnswers(Sqlite.SqlitePoolDataSource database) => _database = database;

    /// <summary>Removes the oldest answers, in one commit with other writes.</summary>
    /// <param name="before">Only those given before this instant.</param>
    /// <param name="limit">At most so many.</param>
    /// <returns>How many were removed.</returns>
    public async Task<int> RemoveAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default)
    {
        using var removed = await _database.RunAsync(
            Remove, cancellationToken, ("@before", Instants.Text(before)), ("@limit", limit)).ConfigureAwait(false);
        return removed.RecordsAffected;
    }
}
