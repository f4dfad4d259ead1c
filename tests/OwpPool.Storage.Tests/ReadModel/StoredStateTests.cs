using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Storage.State;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.ReadModel;

/// <summary>What the grains' own states look like to triggers, views and the read model: a member renamed there shows here.</summary>
public sealed class StoredStateTests : IAsyncDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 18, 5, 0, 0, 7, TimeSpan.Zero);

    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public StoredStateTests() => _orleans = new OrleansCalls(_database);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task TaskState_Ready_IsReadAsBacklogRow()
    {
        var task = MakeTask();
        await _orleans.WriteAsync("task", task.TaskId, null, PoolStateJson.Serialize(task));

        var rows = new List<Storage.ReadModel.BacklogRow>();
        await foreach (var item in _database.Storage.ReadModel.ReadBacklogAsync(task.Repo))
            rows.Add(item);

        var row = Assert.Single(rows);
        Assert.Equal((task.TaskId, task.Priority, task.EstimatePoints, task.Tier), (row.TaskId, row.Priority, row.Points, row.Tier));
        Assert.Equal((task.ReadyAt, task.CreatedAt, task.NotBefore, task.EligibleAt), (row.ReadyAt, row.CreatedAt, row.NotBefore, row.EligibleAt));
        Assert.Equal((task.Area, task.AreaKey, task.Token, task.Version), (row.Area, row.AreaKey, row.Token, row.Version));
        Assert.Equal(task.RequiredSkills, row.RequiredSkills);
        Assert.Equal(task.DependsOn, row.DependsOn);
    }

    [Fact]
    public async Task TaskState_Leased_IsReadAsHeldAndAsTheWorkersTask()
    {
        var lease = new Lease { LeaseId = "l_1", GrantedAt = At, ExpiresAt = At.AddHours(4), TtlSeconds = 14400 };
        var task = MakeTask() with { Phase = TaskPhase.InProgress, WorkerId = "w_1", Lease = lease };
        await _orleans.WriteAsync("task", task.TaskId, null, PoolStateJson.Serialize(task));

        var held = Assert.Single(await _database.Storage.ReadModel.ReadHeldTasksAsync(task.Repo));
        Assert.Equal(("in_progress", "w_1", "l_1", lease.ExpiresAt, lease.GrantedAt), (held.Phase, held.WorkerId, held.LeaseId, held.ExpiresAt, held.GrantedAt));
        var stored = PoolStateJson.Deserialize<TaskState>(Assert.Single(await _database.Storage.ReadModel.ReadWorkerTasksAsync("w_1")));
        Assert.Equal(lease, stored.Lease);
        Assert.Equal("in_progress", (await _database.Storage.ReadModel.ReadPhasesAsync([task.TaskId]))[task.TaskId]);
    }

    [Fact]
    public void AnyState_RowOfAnOlderProgram_HasTheDefaultsOfWhatThatDidNotKnow()
    {
        AssertSame(new WorkerState { SchemaVersion = 1, WorkerId = "w_1" }, PoolStateJson.Deserialize<WorkerState>("{\"schema_version\":1,\"worker_id\":\"w_1\"}"u8));
        AssertSame(new TaskState { SchemaVersion = 1, TaskId = "t_1" }, PoolStateJson.Deserialize<TaskState>("{\"schema_version\":1,\"task_id\":\"t_1\"}"u8));
        AssertSame(new RepoState { SchemaVersion = 1, Repo = "a" }, PoolStateJson.Deserialize<RepoState>("{\"schema_version\":1,\"repo\":\"a\"}"u8));

        static void AssertSame<T>(T expected, T read) => Assert.Equal(PoolStateJson.Serialize(expected), PoolStateJson.Serialize(read));
    }

    [Fact]
    public async Task TaskState_ItsEvents_AreInTheLog()
    {
        var task = MakeTask();
        await _orleans.WriteAsync("task", task.TaskId, null, PoolStateJson.Serialize(task));

        var logged = Assert.Single(await _database.Storage.Events.ReadAfterAsync(0, 10));
        var change = task.Events[0];
        Assert.Equal((change.At, change.Type, change.Actor, change.Target, change.Repo), (logged.At, logged.Type, logged.Actor, logged.Target, logged.Repo));
    }

    [Fact]
    public async Task RepoAndWorkerState_AreCounted()
    {
        var change = MakeTask().Events;
        var repo = new RepoState
        {
            SchemaVersion = 1, Events = change, Repo = "acme/widgets", Name = "Acme/Widgets",
            Settings = new RepoSettings { MaxOpenPrs = 7, Paused = true },
        };
        var worker = new WorkerState { SchemaVersion = 1, Events = change, WorkerId = "w_1", Name = "Ada", Status = WorkerStatus.Idle };
        await _orleans.WriteAsync("repo", "repo/acme/widgets", null, PoolStateJson.Serialize(repo));
        await _orleans.WriteAsync("worker", "w_1", null, PoolStateJson.Serialize(worker));
        await _orleans.WriteAsync("worker", "w_2", null, PoolStateJson.Serialize(worker with { WorkerId = "w_2", Revoked = true }));

        var state = await _database.Storage.ReadModel.ReadPoolStateAsync();

        var counted = Assert.Single(state.Repos);
        Assert.Equal(("acme/widgets", "Acme/Widgets", 7, true), (counted.Repo, counted.Name, counted.MaxOpenPrs, counted.Paused));
        Assert.Equal((1L, 1L), (state.WorkersOnline, state.WorkersOffline));
        Assert.Equal(["acme/widgets"], await _database.Storage.ReadModel.ListRepoKeysAsync());
    }

    [Fact]
    public async Task Views_OfWholeStates_HaveNoColumnWithoutAValue()
    {
        var change = MakeTask().Events;
        var task = MakeTask() with
        {
            Description = "d", ExternalId = "x", Message = "m", WorkerId = "w_1", Artifact = new Artifact { PrUrl = "p", CommitSha = "c" },
            Lease = new Lease { LeaseId = "l_1", GrantedAt = At, ExpiresAt = At, TtlSeconds = 1 },
        };
        var worker = new WorkerState
        {
            SchemaVersion = 1, Events = change, WorkerId = "w_1", Name = "Ada", GithubHandle = "ada", Skills = ["sql"], TokenHash = "SECRET",
            PreviousTokenHash = "SECRET", OlderTokens = [new OldToken { TokenHash = "SECRET", Until = At }],
        };
        var repo = new RepoState
        {
            SchemaVersion = 1, Events = change, Repo = "a", Name = "A", Settings = new RepoSettings { LeaseTtlSeconds = 60, MaxAttempts = 5 },
        };
        await _orleans.WriteAsync("task", "t_1", null, PoolStateJson.Serialize(task));
        await _orleans.WriteAsync("worker", "w_1", null, PoolStateJson.Serialize(worker));
        await _orleans.WriteAsync("repo", "repo/a", null, PoolStateJson.Serialize(repo));

        foreach (var view in new[] { "pool_tasks", "pool_workers", "pool_repos" })
        {
            var row = Assert.Single((await _database.ExecuteAsync($"SELECT * FROM {view}")).Rows);
            Assert.Empty(row.Where(column => column.Value is DBNull).Select(column => $"{view}.{column.Key}"));
            Assert.DoesNotContain("SECRET", row.Values.OfType<string>());
        }
    }

    private static TaskState MakeTask()
        => new()
        {
            SchemaVersion = 1, TaskId = "t_1", Repo = "acme/widgets", RepoName = "Acme/Widgets", Title = "Fix it", EstimatePoints = 4,
            Events = [new AuditEvent { At = At, Type = "task_created", Actor = "admin", Target = "t_1", Repo = "acme/widgets" }],
            Priority = 77, RequiredSkills = ["c#", "sql"], Area = "Src/É", AreaKey = "src/é", Tier = 2, NotBefore = At.AddDays(1),
            DependsOn = ["t_0"], CreatedAt = At, ReadyAt = At.AddMinutes(1), EligibleAt = At.AddMinutes(2), Phase = TaskPhase.Ready,
            PhaseAt = At, Token = 5_000_000_000, Version = 6,
        };
}
