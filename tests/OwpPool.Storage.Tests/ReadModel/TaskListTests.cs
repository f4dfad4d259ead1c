using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.ReadModel;

/// <summary>Lists of tasks, by every index, filter and order.</summary>
public sealed partial class TaskListTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public TaskListTests() => _orleans = new OrleansCalls(_database);

    private PoolReadModel Model => _database.Storage.ReadModel;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task List_PageByPage_GivesEachTaskOnceInEveryOrder()
    {
        await AddManyAsync(47);
        foreach (var order in Enum.GetValues<TaskOrder>())
        {
            foreach (var limit in new[] { 1, 7, 46, 47, 48 })
            {
                var ids = await WalkAsync(new TaskPageQuery { Limit = limit, Order = order });
                Assert.Equal(47, ids.Distinct().Count());
                Assert.Equal(47, ids.Count);
            }
        }
        Assert.Equal(Enumerable.Range(0, 47).Select(i => $"t_{i:00}"), await WalkAsync(new TaskPageQuery { Limit = 10, Order = TaskOrder.Oldest }));
        Assert.Equal(Enumerable.Range(0, 47).Reverse().Select(i => $"t_{i:00}"), await WalkAsync(new TaskPageQuery { Limit = 10 }));
    }

    [Fact]
    public async Task List_ByPriority_IsInTheOrderOfWork()
    {
        await AddManyAsync(20);
        var expected = Enumerable.Range(0, 20).OrderByDescending(i => i % 5).ThenBy(i => i).Select(i => $"t_{i:00}");
        Assert.Equal(expected, await WalkAsync(new TaskPageQuery { Limit = 3, Order = TaskOrder.Priority }));
    }

    [Fact]
    public async Task List_ByChange_HasTheLatestFirst()
    {
        for (var i = 0; i < 5; i++)
            await AddAsync(Changed($"t_{i}", 10 + (i * 3 % 5)));
        Assert.Equal(["t_3", "t_1", "t_4", "t_2", "t_0"], await WalkAsync(new TaskPageQuery { Limit = 2, Order = TaskOrder.Updated }));
    }

    [Fact]
    public async Task List_ByEveryCombination_IsWhatAScanFinds()
    {
        await AddManyAsync(120);
        var all = Enumerable.Range(0, 120).Reverse().ToList();
        foreach (var repo in new[] { null, "acme/r0", "acme/r2", "acme/none" })
        {
            foreach (var phases in new string[][] { [], ["ready"], ["leased", "merged"], ["cancelled"] })
            {
                foreach (var worker in new[] { null, "w_1" })
                {
                    foreach (var filter in Filters)
                    {
                        var query = new TaskPageQuery
                        {
                            Repo = worker is null ? repo : null, WorkerId = worker, Phases = phases, Limit = 7,
                            Filter = filter.Filter with { Repo = worker is null ? null : repo },
                        };
                        var expected = all.Where(i => (repo is null || RepoOf(i) == repo) && (phases.Length == 0 || phases.Contains(PhaseOf(i)))
                            && (worker is null || PhaseOf(i) is "leased" or "merged") && filter.Passes(i));
                        Assert.Equal(expected.Select(Id), await WalkAsync(query));
                    }
                }
            }
        }
    }

    [Fact]
    public async Task List_TasksAddedMeanwhile_ChangeNoLaterPage()
    {
        await AddManyAsync(30);
        var first = (await Model.ListTasksAsync(new TaskPageQuery { Limit = 10 }))!;
        await AddAsync(States.Task("t_new"));
        var rest = await WalkAsync(new TaskPageQuery { Limit = 10, After = first.Next });
        Assert.Equal(Enumerable.Range(0, 20).Reverse().Select(Id), rest);
    }

    [Theory]
    [InlineData("50%", 1)]
    [InlineData("a_b", 1)]
    [InlineData("%", 1)]
    [InlineData("_", 1)]
    [InlineData("ÄRGER", 1)]
    [InlineData("jira-7", 1)]
    [InlineData("'; DROP TABLE OrleansStorage;--", 0)]
    public async Task List_Text_IsNoPattern(string text, int found)
    {
        await AddAsync(States.Task("t_1").With("title", "Save 50% of it"));
        await AddAsync(States.Task("t_2").With("title", "Rename a_b"));
        await AddAsync(States.Task("t_3").With("title", "Rename axb").With("external_id", "JIRA-7"));
        await AddAsync(States.Task("t_4").With("title", "Mehr ärger"));
        Assert.Equal(found, (await WalkAsync(new TaskPageQuery { Limit = 50, Filter = new TaskFilter { Text = text } })).Count);
    }

    [Fact]
    public async Task ListQueries_Plans_AreOneIndexRangeEach()
    {
        foreach (var sql in PoolReadModel.ListQueries)
        {
            var plan = (await _database.ExecuteAsync("EXPLAIN QUERY PLAN " + Parameter().Replace(sql, "1"))).Rows.Select(row => (string)row["detail"]!).ToList();
            Assert.All(plan, step => Assert.StartsWith("SEARCH", step, StringComparison.Ordinal));
            Assert.DoesNotContain(plan, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
        }
    }

    /// <summary>The plans above say that no page scans; here are the rows to scan. Where a page must look at rows, it stops at its bound.</summary>
    [Fact]
    public async Task List_OfAHundredThousand_LooksAtAPageOnly()
    {
        await FillAsync(100_000);
        foreach (var query in new[]
        {
            new TaskPageQuery { Limit = 50 },
            new TaskPageQuery { Limit = 50, Order = TaskOrder.Oldest },
            new TaskPageQuery { Limit = 50, Repo = "acme/r3" },
            new TaskPageQuery { Limit = 50, Phases = ["dead_letter"] },
            new TaskPageQuery { Limit = 50, Repo = "acme/r3", Phases = ["ready"] },
            new TaskPageQuery { Limit = 50, WorkerId = "w_5" },
        })
        {
            var middle = (await Model.ListTasksAsync(query with { Limit = 1 }))!.Next;
            Assert.NotNull(middle);
            foreach (var after in new[] { null, middle })
            {
                var page = (await Model.ListTasksAsync(query with { After = after }))!;
                Assert.Equal(50, page.Items.Count);
            }
        }
        Assert.Null(await Model.ListTasksAsync(new TaskPageQuery { Limit = 50, Order = TaskOrder.Priority }));
        Assert.Equal(50, (await Model.ListTasksAsync(new TaskPageQuery { Limit = 50, Order = TaskOrder.Priority, Repo = "acme/r3" }))!.Items.Count);

        // A text that is nowhere: the pages end early, and each goes on where the one before stopped looking.
        var (pages, next) = (0, (ListPosition?)null);
        do
        {
            var page = (await Model.ListTasksAsync(new TaskPageQuery { Limit = 50, Filter = new TaskFilter { Text = "nowhere" }, After = next }))!;
            Assert.Empty(page.Items);
            (pages, next) = (pages + 1, page.Next);
        }
        while (next is not null);
        Assert.InRange(pages, 100_000 / PoolReadModel.MaxLookedAt, 100_000 / PoolReadModel.MaxLookedAt + 1);
    }

    [Fact]
    public async Task ReadTask_KnownAndUnknown_HasItsEventsInOrder()
    {
        await AddAsync(States.Task("t_1"));
        await _orleans.WriteAsync("task", "t_1", 1, States.Task("t_1", phase: "leased", worker: "w_1").Text());
        await AddAsync(States.Task("t_2"));

        var task = (await Model.ReadTaskAsync("t_1", 10))!;

        Assert.Equal(["task_ready", "task_leased"], task.Timeline.Select(past => past.Type));
        Assert.Equal("leased", (string?)JsonNode.Parse(task.State)!["phase"]);
        Assert.Equal("task_leased", Assert.Single((await Model.ReadTaskAsync("t_1", 1))!.Timeline).Type);
        Assert.Null(await Model.ReadTaskAsync("t_3", 10));
    }

    [Fact]
    public async Task DependsOn_ChainsAndCircles_AreFollowed()
    {
        await AddAsync(States.Task("t_a").With("depends_on", new JsonArray("t_b")));
        await AddAsync(States.Task("t_b").With("depends_on", new JsonArray("t_c", "t_b")));
        await AddAsync(States.Task("t_c").With("depends_on", new JsonArray("t_b")));

        Assert.True(await Model.DependsOnAsync(["t_x", "t_a"], "t_c"));
        Assert.True(await Model.DependsOnAsync(["t_a"], "t_a"));
        Assert.False(await Model.DependsOnAsync(["t_b"], "t_a"));
        Assert.False(await Model.DependsOnAsync([], "t_a"));
    }

    [Fact]
    public async Task ListWorkersAndRepos_PageByPage_AreWhole()
    {
        for (var i = 0; i < 7; i++)
        {
            await _orleans.WriteAsync("worker", $"w_{i}", null, States.Worker($"w_{i}", i % 2 == 0 ? "idle" : "offline").Text());
            await _orleans.WriteAsync("repo", $"repo/acme/r{i}", null, States.Repo($"acme/r{i}").Text());
        }
        await AddAsync(States.Task("t_1", repo: "acme/r3"));
        var (workers, after) = (new List<string>(), (ListPosition?)null);
        do
        {
            var page = await Model.ListWorkersAsync(
                state => (string?)JsonNode.Parse(state)!["status"] == "idle", default, after, 3);
            workers.AddRange(page.Items.Select(item => (string)JsonNode.Parse(item)!["worker_id"]!));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(["w_6", "w_4", "w_2", "w_0"], workers);

        var first = await Model.ListReposAsync("", 4);
        var second = await Model.ListReposAsync(first.Next!.Key, 4);
        Assert.Equal((4, 3), (first.Items.Count, second.Items.Count));
        Assert.Null(second.Next);
        Assert.Equal(1, first.Items[3].Tasks["ready"]);
        Assert.Empty(first.Items[0].Tasks);
        Assert.NotNull(await Model.ReadWorkerAsync("w_1"));
        Assert.Null(await Model.ReadWorkerAsync("w_9"));
    }

    private static IEnumerable<(TaskFilter Filter, Func<int, bool> Passes)> Filters =>
    [
        (TaskFilter.None, _ => true),
        (new TaskFilter { Skill = "s1" }, i => i % 4 == 1),
        (new TaskFilter { AreaKey = "a2" }, i => i % 6 == 2),
        (new TaskFilter { Tier = 1 }, i => i % 3 == 1),
        (new TaskFilter { Text = "number 1", Tier = 0 }, i => $"Number {i}".StartsWith("Number 1", StringComparison.Ordinal) && i % 3 == 0),
    ];

    private static string Id(int i) => $"t_{i:00}";

    private static string RepoOf(int i) => $"acme/r{i % 3}";

    private static string PhaseOf(int i) => (i % 7) switch { 0 => "leased", 1 => "merged", _ => "ready" };

    private async Task AddManyAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var phase = PhaseOf(i);
            await AddAsync(States.Task(Id(i), RepoOf(i), phase, phase == "ready" ? null : "w_1").With("priority", i % 5).With("tier", i % 3)
                .With("title", $"Number {i}").With("area_key", $"a{i % 6}").With("required_skills", new JsonArray($" S{i % 4}", "c")));
        }
    }

    /// <summary>Rows of the same shape, made by SQLite itself.</summary>
    private async Task FillAsync(int count)
    {
        foreach (var phase in new[] { "ready", "merged", "dead_letter" })
        {
            var task = States.Task("t_x", "acme/r", phase, "w_").With("lease", null).Text();
            await _database.ExecuteAsync($"""
                WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count / 3})
                INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdExtensionString, GrainIdN0, GrainIdN1, Version, PayloadBinary)
                SELECT 's', 'task', 't_{phase}' || i, 0, 0, 1, json_set(@task, '$.repo', 'acme/r' || (i % 10), '$.worker_id', 'w_' || (i % 100)) FROM n
                """, ("@task", task));
        }
    }

    private static JsonObject Changed(string id, int minute)
    {
        var state = States.Task(id);
        state["events"]![0]!["at"] = $"2026-01-18T05:{minute}:00.000Z";
        return state;
    }

    private async Task<List<string>> WalkAsync(TaskPageQuery query)
    {
        var (ids, after) = (new List<string>(), query.After);
        do
        {
            var page = (await Model.ListTasksAsync(query with { After = after }))!;
            Assert.InRange(page.Items.Count, 0, query.Limit);
            ids.AddRange(page.Items.Select(item => (string)JsonNode.Parse(Encoding.UTF8.GetString(item))!["task_id"]!));
            after = page.Next;
        }
        while (after is not null);
        return ids;
    }

    [GeneratedRegex(@"\?\d")]
    private static partial Regex Parameter();

    private Task AddAsync(JsonObject state) => _orleans.WriteAsync("task", (string)state["task_id"]!, null, state.Text());
}
