using OwpPool.Storage;

namespace OwpPool.Benchmarks;

/// <summary>Fills a database with the events of whole task lives, spread over the last 90 days, as the grains' writes leave them.</summary>
internal static class EventFiller
{
    public const int Repos = 20;
    public const int Workers = 200;
    private const int EventsALife = 6;
    private const int RowsAStatement = 20_000;

    /// <summary>Adds about so many events, a tenth of them of one repo.</summary>
    public static async Task FillAsync(string database, int events)
    {
        await using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = database });
        await using var connection = await storage.DataSource.OpenConnectionAsync();
        var lives = events / EventsALife;
        var start = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(-89), TimeSpan.Zero).ToUnixTimeSeconds();
        for (var from = 0; from < events; from += RowsAStatement)
        {
            await using var command = connection.CreateCommand();
            // A life begins every few seconds; its steps lie between those of others.
            command.CommandText =
                """
                INSERT INTO pool_events (at, type, actor, target, repo, details)
                WITH RECURSIVE n (i) AS (SELECT @from UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @to),
                step (i, life, at, worker, repo) AS
                (
                  SELECT i, max(i / 6 - i % 6 * 50, 0), @start + CAST(i * 7689600.0 / @events AS INTEGER),
                    'w_' || printf('%024x', (i / 6 - i % 6 * 50) * 7919 % @workers), 'bench/r' || ((i / 6 - i % 6 * 50) % @repos) FROM n
                )
                SELECT strftime('%Y-%m-%dT%H:%M:%S.000Z', at, 'unixepoch'),
                  CASE i % 6 WHEN 0 THEN 'task.created' WHEN 1 THEN 'repo.budget_reserved' WHEN 2 THEN 'task.leased' WHEN 3 THEN 'task.started'
                    WHEN 4 THEN 'task.pr_opened' ELSE 'task.merged' END,
                  CASE i % 6 WHEN 0 THEN 'admin' WHEN 1 THEN 'system' ELSE worker END,
                  CASE i % 6 WHEN 1 THEN repo ELSE 't_' || printf('%024x', life * 104729 % 1000003) END, repo,
                  CASE i % 6
                    WHEN 0 THEN '{"phase":"ready","title":"Index orders by customer"}'
                    WHEN 1 THEN '{"freed":"","in_use":"3","max_open_prs":"100","reserved":"t_' || printf('%024x', life) || '"}'
                    ELSE replace(replace(replace(
                      CASE i % 6
                        WHEN 2 THEN '{"fencing_token":"1","lease_expires_at":"~now","lease_id":"l_0123456789abcdef","phase":"leased","phase_before":"ready","phase_since":"~h1"}'
                        WHEN 3 THEN '{"fencing_token":"1","phase":"in_progress","phase_before":"leased","phase_since":"~h1"}'
                        WHEN 4 THEN '{"fencing_token":"1","leased_at":"~h2","phase":"pr_opened","phase_before":"in_progress","phase_since":"~h1"}'
                        ELSE '{"created_at":"~h2","fencing_token":"1","leased_at":"~h1","phase":"merged","phase_before":"pr_opened","phase_since":"~h1"}'
                      END, '~now', strftime('%Y-%m-%dT%H:%M:%S.000Z', at, 'unixepoch')),
                      '~h1', strftime('%Y-%m-%dT%H:%M:%S.000Z', at - life % 7200, 'unixepoch')),
                      '~h2', strftime('%Y-%m-%dT%H:%M:%S.000Z', at - 86400, 'unixepoch'))
                  END
                FROM step
                """;
            foreach (var (name, value) in new[]
            {
                ("@from", from), ("@to", Math.Min(from + RowsAStatement, lives * EventsALife)), ("@events", events), ("@start", (int)start),
                ("@workers", Workers), ("@repos", Repos),
            })
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }
            await command.ExecuteNonQueryAsync();
        }
    }
}
