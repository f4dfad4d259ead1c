using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.ReadModel;

public sealed class PoolReadModelTests : IAsyncDisposable
{
    private static readonly string[] Held = ["offered", "leased", "in_progress", "blocked", "pr_opened"];
    private static readonly string[] Others = ["ready", "merged", "cancelled", "dead_letter"];
    private static readonly DateTimeOffset At = new(2026, 1, 18, 5, 0, 0, 123, TimeSpan.Zero);

    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public PoolReadModelTests() => _orleans = new OrleansCalls(_database);

    private PoolReadModel Model => _database.Storage.ReadModel;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task ListRepoKeys_SeveralRepos_GivesTheirKeysInOrder()
    {
        Assert.Empty(await Model.ListRepoKeysAsync());

        await AddRepoAsync(States.Repo("b/b"));
        await AddRepoAsync(States.Repo("a/a"));

        Assert.Equal(["a/a", "b/b"], await Model.ListRepoKeysAsync());
    }

    [Fact]
    public async Task ReadBacklog_ReadyTask_HasEveryField()
    {
        await AddTaskAsync(States.Task("t_1")
            .With("not_before", "2026-02-01T00:00:00.000Z").With("eligible_at", "2026-03-01T00:00:00.500Z"));

        var row = Assert.Single(await BacklogAsync("acme/widgets"));
        Assert.Equal("t_1", row.TaskId);
        Assert.Equal(10, row.Priority);
        Assert.Equal(At, row.ReadyAt);
        Assert.Equal(At, row.CreatedAt);
        Assert.Equal(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), row.NotBefore);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 0, 0, 0, 500, TimeSpan.Zero), row.EligibleAt);
        Assert.Equal(["C#", "sql"], row.RequiredSkills);
        Assert.Equal(["t_0"], row.DependsOn);
        Assert.Equal((3, 1, 7L, 9L), (row.Points, row.Tier, row.Token, row.Version));
        Assert.Equal(("src/áé", "Src/Áé"), (row.AreaKey, row.Area));
    }

    [Fact]
    public async Task ReadBacklog_NullsAndEmptyLists_AreNullAndEmpty()
    {
        await AddTaskAsync(States.Task("t_1")
            .With("area", null).With("area_key", null).With("required_skills", new JsonArray()).With("depends_on", new JsonArray()));

        var row = Assert.Single(await BacklogAsync("acme/widgets"));
        Assert.Null(row.Area);
        Assert.Null(row.AreaKey);
        Assert.Null(row.NotBefore);
        Assert.Null(row.EligibleAt);
        Assert.Empty(row.RequiredSkills);
        Assert.Empty(row.DependsOn);
    }

    [Fact]
    public async Task ReadBacklog_OtherPhasesAndRepos_AreNotInIt()
    {
        foreach (var phase in Held.Concat(Others))
            await AddTaskAsync(States.Task("t_" + phase, phase: phase, worker: phase == "ready" ? null : "w_1"));
        await AddTaskAsync(States.Task("t_elsewhere", repo: "acme/gadgets"));

        Assert.Equal(["t_ready"], (await BacklogAsync("acme/widgets")).Select(row => row.TaskId));
        Assert.Empty(await BacklogAsync("acme/nothing"));
    }

    [Fact]
    public async Task ReadBacklog_MoreThanSeveralChunks_GivesEachTaskOnceWithItsOwnValues()
    {
        const int count = 3_500;
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => AddTaskAsync(
            States.Task($"t_{i}").With("area_key", $"area{i % 1500}").With("required_skills", new JsonArray($"s{i % 1500}")).With("priority", i))));

        var rows = await BacklogAsync("acme/widgets");

        Assert.Equal(Enumerable.Range(0, count), rows.Select(row => row.Priority).Order());
        Assert.All(rows, row => Assert.Equal(
            ($"t_{row.Priority}", $"area{row.Priority % 1500}", $"s{row.Priority % 1500}"), (row.TaskId, row.AreaKey, row.RequiredSkills[0])));
    }

    [Fact]
    public async Task ReadBacklog_EqualSkillsAndAreas_AreOneObjectHoweverManyOthersThereAre()
    {
        const int kinds = 700;
        await Task.WhenAll(Enumerable.Range(0, 2 * kinds).Select(i => AddTaskAsync(
            States.Task($"t_{i}").With("area_key", $"src/é{i % kinds}").With("required_skills", new JsonArray($"s{i % kinds}")))));

        var rows = await BacklogAsync("acme/widgets");

        // By reference: callers make one shape a list.
        Assert.Equal(kinds, rows.Select(row => row.RequiredSkills).Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.Equal(kinds, rows.Select(row => row.AreaKey).Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    [Fact]
    public async Task ReadBacklog_StoppedEarly_GivesItsReaderBack()
    {
        await using var database = new TempDatabase(options => options with { MaxReaders = 1 });
        var orleans = new OrleansCalls(database);
        await Task.WhenAll(Enumerable.Range(0, 2_500).Select(i => orleans.WriteAsync("task", $"t_{i}", null, States.Task($"t_{i}").Text())));

        for (var i = 0; i < 3; i++)
        {
            await foreach (var _ in database.Storage.ReadModel.ReadBacklogAsync("acme/widgets"))
                break;
        }

        Assert.Equal(2_500, await database.CountAsync("pool_tasks"));
    }

    [Fact]
    public async Task ReadBacklog_Cancelled_Stops()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => AddTaskAsync(States.Task($"t_{i}"))));
        using var cancellation = new CancellationTokenSource();
        var seen = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Model.ReadBacklogAsync("acme/widgets", cancellation.Token))
            {
                if (++seen == 10)
                    await cancellation.CancelAsync();
            }
        });

        Assert.Equal(10, seen);
    }

    [Fact]
    public async Task ReadBacklog_StateThatIsNoTask_FailsAndLeavesTheReadersWorking()
    {
        await AddTaskAsync(States.Task("t_1").With("priority", "high"));

        await Assert.ThrowsAnyAsync<Exception>(() => BacklogAsync("acme/widgets"));
        Assert.Equal(1, await _database.CountAsync("pool_tasks"));
    }

    [Fact]
    public async Task ReadBacklog_WhileTasksChange_IsOfOneInstant()
    {
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => AddTaskAsync(States.Task($"t_{i}"))));

        var seen = 0;
        await foreach (var _ in Model.ReadBacklogAsync("acme/widgets"))
        {
            if (seen++ == 0)
                await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i =>
                    _orleans.WriteAsync("task", $"t_{i}", 1, States.Task($"t_{i}", phase: "merged", worker: "w_1").Text())));
        }

        Assert.Equal(2_000, seen);
        Assert.Empty(await BacklogAsync("acme/widgets"));
    }

    [Fact]
    public async Task ReadHeldTasks_EveryPhase_GivesThoseThatCountAgainstTheBudget()
    {
        foreach (var phase in Held.Concat(Others))
            await AddTaskAsync(States.Task("t_" + phase, phase: phase, worker: "w_1"));
        await AddTaskAsync(States.Task("t_elsewhere", repo: "acme/gadgets", phase: "leased", worker: "w_1"));

        var rows = await Model.ReadHeldTasksAsync("acme/widgets");

        Assert.Equal(Held.Order(), rows.Select(row => row.Phase).Order());
        var leased = Assert.Single(rows, row => row.Phase == "leased");
        Assert.Equal(
            new HeldTaskRow(
                "t_leased", "leased", "w_1", "l_t_leased", 7, 9, 3, "src/áé", new DateTimeOffset(2026, 1, 18, 9, 0, 0, TimeSpan.Zero), At,
                ReviewConfirmedBy: null),
            leased);
    }

    [Fact]
    public async Task ReadHeldTasks_WithoutLease_HasNoLeaseAndNoExpiry()
    {
        await AddTaskAsync(States.Task("t_1", phase: "pr_opened", worker: "w_1").With("lease", null));

        var row = Assert.Single(await Model.ReadHeldTasksAsync("acme/widgets"));
        Assert.Null(row.LeaseId);
        Assert.Null(row.ExpiresAt);
        Assert.Equal("w_1", row.WorkerId);
    }

    [Fact]
    public async Task ReadHeldTasks_UnderReview_SaysWhoHasSeenItAndWhenItEnds()
    {
        var until = new DateTimeOffset(2026, 1, 25, 9, 0, 0, TimeSpan.Zero);
        await AddTaskAsync(States.Task("t_1", phase: "pr_opened", worker: "w_1").With("lease", null)
            .With("review_until", "2026-01-25T09:00:00.0000000Z").With("review_confirmed_by", null));
        await AddTaskAsync(States.Task("t_2", phase: "pr_opened", worker: "w_1").With("lease", null).With("review_confirmed_by", "github"));

        var rows = await Model.ReadHeldTasksAsync("acme/widgets");

        Assert.Equal([("t_1", until, null), ("t_2", null, "github")],
            rows.OrderBy(row => row.TaskId).Select(row => (row.TaskId, row.ExpiresAt, row.ReviewConfirmedBy)));
    }

    [Fact]
    public async Task ReadUnconfirmed_OfAWorker_GivesWhatNobodyElseHasSeenOrConfirmed()
    {
        await AddTaskAsync(States.Task("t_review", phase: "pr_opened", worker: "w_1"));
        await AddTaskAsync(States.Task("t_seen", phase: "pr_opened", worker: "w_1").With("review_confirmed_by", "github"));
        await AddTaskAsync(States.Task("t_merged", phase: "merged", worker: "w_1"));
        await AddTaskAsync(States.Task("t_confirmed", phase: "merged", worker: "w_1").With("confirmed_by", "maintainer"));
        await AddTaskAsync(States.Task("t_leased", phase: "leased", worker: "w_1"));
        await AddTaskAsync(States.Task("t_others", phase: "merged", worker: "w_2"));

        Assert.Equal(["t_merged", "t_review"], (await Model.ReadUnconfirmedAsync("w_1", 10)).Select(IdOf).Order());
        Assert.Single(await Model.ReadUnconfirmedAsync("w_1", 1));

        static string IdOf(byte[] state) => JsonDocument.Parse(state).RootElement.GetProperty("task_id").GetString()!;
    }

    [Fact]
    public async Task ReadWorkerTasks_OfOneWorker_GivesTheStoredStatesOfHeldTasks()
    {
        var held = States.Task("t_held", phase: "in_progress", worker: "w_1").Text();
        await _orleans.WriteAsync("task", "t_held", null, held);
        await AddTaskAsync(States.Task("t_done", phase: "merged", worker: "w_1"));
        await AddTaskAsync(States.Task("t_others", phase: "leased", worker: "w_2"));
        await AddTaskAsync(States.Task("t_ready"));

        Assert.Equal(held, Encoding.UTF8.GetString(Assert.Single(await Model.ReadWorkerTasksAsync("w_1"))));
        Assert.Empty(await Model.ReadWorkerTasksAsync("w_3"));
    }

    [Fact]
    public async Task ReadPhases_KnownAndUnknownIds_GivesTheKnown()
    {
        await AddTaskAsync(States.Task("t_1"));
        await AddTaskAsync(States.Task("t_2", phase: "merged", worker: "w_1"));

        var phases = await Model.ReadPhasesAsync(["t_1", "t_2", "t_3", "t_1"]);

        Assert.Equal(new Dictionary<string, string> { ["t_1"] = "ready", ["t_2"] = "merged" }, phases);
        Assert.Empty(await Model.ReadPhasesAsync([]));
    }

    [Fact]
    public async Task ReadPoolState_ReposTasksAndWorkers_AreCounted()
    {
        await AddRepoAsync(States.Repo("acme/widgets", maxOpenPrs: 0));
        await AddRepoAsync(States.Repo("acme/empty", maxOpenPrs: 7, paused: true));
        await AddTaskAsync(States.Task("t_1"));
        await AddTaskAsync(States.Task("t_2"));
        await AddTaskAsync(States.Task("t_3", phase: "leased", worker: "w_1"));
        await _orleans.WriteAsync("worker", "w_1", null, States.Worker("w_1", "working").Text());
        await _orleans.WriteAsync("worker", "w_2", null, States.Worker("w_2", "paused").Text());
        await _orleans.WriteAsync("worker", "w_3", null, States.Worker("w_3", "offline").Text());
        await _orleans.WriteAsync("worker", "w_4", null, States.Worker("w_4", "idle", revoked: true).Text());

        var state = await Model.ReadPoolStateAsync();

        Assert.Equal(["acme/empty", "acme/widgets"], state.Repos.Select(repo => repo.Repo));
        var (empty, widgets) = (state.Repos[0], state.Repos[1]);
        Assert.Equal(("ACME/EMPTY", 7, true, 0L), (empty.Name, empty.MaxOpenPrs, empty.Paused, empty.Count("ready")));
        Assert.Equal(("ACME/WIDGETS", 0, false), (widgets.Name, widgets.MaxOpenPrs, widgets.Paused));
        Assert.Equal((2L, 1L, 0L), (widgets.Count("ready"), widgets.Count("leased"), widgets.Count("merged")));
        Assert.Equal((2L, 2L), (state.WorkersOnline, state.WorkersOffline));
    }

    [Fact]
    public async Task ReadPoolState_EmptyPool_IsEmpty()
    {
        var state = await Model.ReadPoolStateAsync();

        Assert.Empty(state.Repos);
        Assert.Equal((0L, 0L), (state.WorkersOnline, state.WorkersOffline));
    }

    [Fact]
    public async Task ReadModel_AcknowledgedWrite_IsSeenByTheNextRead()
    {
        for (var i = 0; i < 50; i++)
        {
            await AddTaskAsync(States.Task($"t_{i}"));
            Assert.Equal(i + 1, (await BacklogAsync("acme/widgets")).Count);
        }
    }

    private Task AddTaskAsync(JsonObject state) => _orleans.WriteAsync("task", (string)state["task_id"]!, null, state.Text());

    private Task AddRepoAsync(JsonObject state) => _orleans.WriteAsync("repo", "repo/" + (string)state["repo"]!, null, state.Text());

    private async Task<List<BacklogRow>> BacklogAsync(string repo)
    {
        var rows = new List<BacklogRow>();
        await foreach (var row in Model.ReadBacklogAsync(repo))
            rows.Add(row);
        return rows;
    }
}
