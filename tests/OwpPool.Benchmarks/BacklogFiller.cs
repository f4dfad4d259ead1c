using System.Data.Common;
using System.Text;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Storage;
using OwpPool.Storage.State;

namespace OwpPool.Benchmarks;

/// <summary>Fills a database with ready tasks faster than the server could be asked to: rows as the grains store them, each with its event,
/// made inside the database from what the rules say a new task is.</summary>
internal static class BacklogFiller
{
    public const int Repos = 20;
    public const int Skills = 20;
    private const int Areas = 50;
    private const int RowsAStatement = 20_000;

    /// <summary>Adds so many tasks to the <see cref="Repos"/> repos, which must be there: a tenth of them of one priority, a fifth of one
    /// number of points, one skill each, every third in one of the areas.</summary>
    public static async Task FillAsync(string database, int tasks)
    {
        await using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = database });
        await using var connection = await storage.DataSource.OpenConnectionAsync();
        for (var from = 0; from < tasks; from += RowsAStatement)
        {
            await using var command = connection.CreateCommand();
            command.CommandTimeout = 600;
            command.CommandText =
                """
                INSERT INTO OrleansStorage
                  (ServiceId, GrainTypeString, GrainIdExtensionString, GrainIdN0, GrainIdN1, Version, PayloadBinary)
                WITH RECURSIVE n (i) AS (SELECT @from UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @to),
                task (i, id, state) AS
                (
                  SELECT i, 't_' || printf('%016x', i), CASE WHEN i % 3 = 0 THEN @inArea ELSE @free END FROM n
                )
                SELECT 'owp-pool', 'task', id, 0, 0, 1,
                  replace(replace(replace(replace(replace(replace(state, '~id', id), '~skill', 's' || (i / 7 % @skills)),
                    '~repo', 'scale/r' || (i % @repos)), '~area', 'area' || (i / 11 % @areas)), '"priority":10', '"priority":' || (i / 13 % 10)),
                    '"estimate_points":1', '"estimate_points":' || (1 + i / 17 % 5))
                FROM task
                """;
            Add(command, "@from", from);
            Add(command, "@to", Math.Min(from + RowsAStatement, tasks));
            Add(command, "@skills", Skills);
            Add(command, "@repos", Repos);
            Add(command, "@areas", Areas);
            Add(command, "@free", StateOf(area: null));
            Add(command, "@inArea", StateOf("~area"));
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string StateOf(string? area)
    {
        var spec = new TaskSpec
        {
            Title = "Index orders by customer",
            Description = new string('x', 200),
            RequiredSkills = ["~skill"],
            Area = area,
        };
        var decision = TaskLifecycle.Decide(new TaskState(), new TaskCommand.Create("~id", "~repo", "~repo", spec, Actors.Admin), DateTimeOffset.UtcNow);
        return Encoding.UTF8.GetString(PoolStateJson.Serialize(decision.Next!));
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
