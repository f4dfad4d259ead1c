using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Schema;

public sealed class PoolViewsTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public PoolViewsTests() => _orleans = new OrleansCalls(_database);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task PoolTasks_ForAnOperator_ShowsTheTask()
    {
        await _orleans.WriteAsync("task", "t_1", null, States.Task("t_1", phase: "leased", worker: "w_1").Text());

        var row = Assert.Single((await _database.ExecuteAsync("SELECT * FROM pool_tasks")).Rows);
        Assert.Equal("t_1", row["task_id"]);
        Assert.Equal("acme/widgets", row["repo"]);
        Assert.Equal("ACME/WIDGETS", row["repo_name"]);
        Assert.Equal("leased", row["phase"]);
        Assert.Equal("w_1", row["worker_id"]);
        Assert.Equal("l_t_1", row["lease_id"]);
        Assert.Equal(3L, row["estimate_points"]);
        Assert.Equal("""["C#","sql"]""", row["required_skills"]);
        Assert.Equal("https://github.com/a/b/pull/1", row["pr_url"]);
        Assert.Equal("All of \"it\"", row["description"]);
        Assert.Equal(DBNull.Value, row["external_id"]);
    }

    [Fact]
    public async Task PoolWorkers_ForAnOperator_ShowsTheWorkerAndNoSecret()
    {
        await _orleans.WriteAsync("worker", "w_1", null, States.Worker("w_1").Text());

        var row = Assert.Single((await _database.ExecuteAsync("SELECT * FROM pool_workers")).Rows);
        Assert.Equal("w_1", row["worker_id"]);
        Assert.Equal("Ada", row["name"]);
        Assert.Equal("idle", row["status"]);
        Assert.DoesNotContain(row.Values, value => value is string text && text.Contains("SECRET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PoolRepos_ForAnOperator_ShowsTheRepo()
    {
        await _orleans.WriteAsync("repo", "repo/acme/widgets", null, States.Repo("acme/widgets").Text());

        var row = Assert.Single((await _database.ExecuteAsync("SELECT * FROM pool_repos")).Rows);
        Assert.Equal("acme/widgets", row["repo"]);
        Assert.Equal(3L, row["max_open_prs"]);
        Assert.Equal(1L, row["in_flight"]);
        Assert.Equal(0L, row["paused"]);
    }

    [Fact]
    public async Task Views_OtherStates_AreNotShown()
    {
        await _orleans.WriteAsync("directory", "pool", null, """{"repo":"a","phase":"ready"}""");

        Assert.Equal(0, await _database.CountAsync("pool_tasks"));
        Assert.Equal(0, await _database.CountAsync("pool_workers"));
        Assert.Equal(0, await _database.CountAsync("pool_repos"));
    }

    [Theory]
    [InlineData("SELECT * FROM pool_tasks WHERE repo = 'a' AND phase = 'ready'", "pool_tasks_by_repo_phase (task_repo=? AND task_phase=?)")]
    [InlineData("SELECT * FROM pool_tasks WHERE repo = 'a' AND phase IN ('leased', 'blocked')", "pool_tasks_by_repo_phase (task_repo=? AND task_phase=?)")]
    [InlineData("SELECT * FROM pool_tasks WHERE repo = 'a'", "pool_tasks_by_repo_phase (task_repo=?)")]
    [InlineData("SELECT * FROM pool_tasks WHERE worker_id = 'w'", "pool_tasks_by_worker (task_worker=?)")]
    [InlineData("SELECT * FROM pool_tasks WHERE task_id = 't'", "(GrainTypeString=? AND GrainIdExtensionString=?)")]
    [InlineData("SELECT * FROM pool_workers", "(GrainTypeString=?)")]
    [InlineData("SELECT * FROM pool_repos", "(GrainTypeString=?)")]
    [InlineData("SELECT * FROM pool_events WHERE seq > 5 ORDER BY seq LIMIT 9", "PRIMARY KEY (rowid>?)")]
    public async Task Views_Searched_UseTheIndex(string sql, string index)
    {
        var plan = await PlanAsync(sql);

        Assert.StartsWith("SEARCH", plan, StringComparison.Ordinal);
        Assert.Contains(index, plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadModel_QueriesThatGrow_UseAnIndex()
    {
        foreach (var sql in PoolReadModel.IndexedQueries)
            Assert.Contains("INDEX", await PlanAsync(sql), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WriteToStorageKey")]
    [InlineData("ReadFromStorageKey")]
    [InlineData("ClearStorageKey")]
    [InlineData("DeleteStorageKey")]
    public async Task Persistence_EachQuery_FindsItsRowByTheWholeKey(string key)
    {
        var sql = System.Text.RegularExpressions.Regex.Replace(await _orleans.QueryAsync(key), "@[A-Za-z0-9]+", "'x'");

        Assert.Contains(
            "(GrainTypeString=? AND GrainIdExtensionString=? AND GrainIdN0=? AND GrainIdN1=? AND ServiceId=?)", await PlanAsync(sql),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reminders_RangeRead_UsesTheRing()
    {
        var sql = System.Text.RegularExpressions.Regex.Replace(await _orleans.QueryAsync("ReadRangeRows1Key"), "@[A-Za-z0-9]+", "1");

        Assert.Contains("OrleansRemindersTable_ring (ServiceId=? AND GrainHash>? AND GrainHash<?)", await PlanAsync(sql), StringComparison.Ordinal);
    }

    private async Task<string> PlanAsync(string sql)
        => string.Join('\n', (await _database.ExecuteAsync("EXPLAIN QUERY PLAN " + sql.Replace("?1", "'x'", StringComparison.Ordinal).Replace("?2", "2", StringComparison.Ordinal)))
            .Rows.Select(row => row["detail"]));
}
