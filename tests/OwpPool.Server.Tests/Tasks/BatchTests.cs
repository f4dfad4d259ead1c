using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Tasks;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>Many tasks at once: all or none, whatever happens in between.</summary>
public sealed class BatchTests
{
    private const string Admin = TestServer.AdminToken;

    [Fact]
    public async Task Batch_AddsAllInOrderAndRepeatsFindTheFirst()
    {
        await using var server = await StartAsync("acme/shop", "acme/blog");
        var body = """
            {"tasks":[{"repo":"acme/shop","title":"a"},{"repo":"Acme/Blog","title":"b","external_id":"1"},{"repo":"acme/shop","title":"c","priority":10},
             {"repo":"acme/blog","title":"b again","external_id":"1"}]}
            """;

        var answer = await BatchAsync(server, body);

        Assert.Equal((201, 3, 0), (answer.Status, (int)answer.Json!["created"]!, (int)answer.Json["existing"]!));
        var ids = Ids(answer);
        Assert.Equal((4, ids[1]), (ids.Length, ids[3]));
        Assert.Equal(["a", "c"], (await ListAsync(server, "repo=acme/shop")).Select(task => (string)task!["title"]!).Order());
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");
        foreach (var expected in new[] { ids[0], ids[2] })
        {
            var work = await server.PostAsync("/v1/claims", """{"repos":["acme/shop"],"max":1}""", token);
            Assert.Contains(work.Json!["leases"]!.AsArray(), lease => (string?)lease!["task_id"] == expected);
        }
        var events = (await server.Storage.Events.ReadAfterAsync(0, 100)).Where(past => past.Type == "batch.accepted");
        Assert.Equal("""{"tasks":"3"}""", Assert.Single(events).Details);
    }

    [Theory]
    [InlineData("""{"tasks":[{"repo":"acme/shop","title":"a"},{"repo":"acme/none","title":"b"}]}""", 404)]
    [InlineData("""{"tasks":[{"repo":"acme/shop","title":"a"},{"repo":"acme/shop","title":"b","depends_on":["t_none"]}]}""", 400)]
    [InlineData("""{"tasks":[{"repo":"acme/shop","title":"a"},{"repo":"acme/shop","title":" "}]}""", 400)]
    public async Task Batch_OneIsWrong_AddsNone(string body, int status)
    {
        await using var server = await StartAsync("acme/shop");
        Assert.Equal(status, (await BatchAsync(server, body)).Status);
        Assert.Empty(await ListAsync(server, ""));
    }

    [Fact]
    public async Task Batch_Faults_NameEachField()
    {
        await using var server = await StartAsync("acme/shop");
        (await BatchAsync(server, """{"tasks":[{"repo":"acme/shop"},{"title":"b","tier":9},{"repo":"acme/shop","title":"c","estimate_points":"x"}]}"""))
            .MustReject("tasks[0].title", "tasks[1].repo", "tasks[1].tier", "tasks[2].estimate_points");
        foreach (var body in new[] { "{}", """{"tasks":[]}""", """{"tasks":{}}""", """{"tasks":[1]}""", $$"""{"tasks":[{{Many(1_001)}}]}""" })
            (await BatchAsync(server, body)).MustReject("tasks");
        Assert.Equal(201, (await BatchAsync(server, $$"""{"tasks":[{{Many(1_000)}}]}""")).Status);
    }

    [Fact]
    public async Task Batch_WithAKey_IsOneEffectEvenIfTheAnswerWasLost()
    {
        await using var server = await StartAsync("acme/shop");
        var body = $$"""{"tasks":[{{Many(20)}}]}""";
        var first = await server.PostAsync("/v1/admin/tasks/batch", body, admin: Admin, key: "key-1");
        var again = await server.PostAsync("/v1/admin/tasks/batch", body, admin: Admin, key: "key-1");
        Assert.Equal(201, first.Status);
        again.MustReplay(first);
        // Without the kept answer the request runs again, and finds what it did.
        await ExecuteAsync(server, "UPDATE OrleansStorage SET PayloadBinary = NULL, Version = Version + 1 WHERE GrainTypeString = 'answer'");
        await server.StopAsync();
        await server.StartAgainAsync();
        Assert.Equal(Ids(first), Ids(await server.PostAsync("/v1/admin/tasks/batch", body, admin: Admin, key: "key-1")));
        Assert.Equal(20, (await ListAsync(server, "limit=200")).Count);
    }

    /// <summary>The row of the batch is the promise: whatever is killed after it was written, in the end all tasks are there, each once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(1_500)]
    public async Task Batch_KilledAfterSoManyTasks_IsWholeAfterTheRestart(int added)
    {
        await using var server = await StartAsync("acme/shop");
        var tasks = Enumerable.Range(0, 2_000).Select(i => new BatchTask
        {
            TaskId = $"t_batch{i}", Repo = "acme/shop", Spec = new TaskSpec { Title = $"{i}", ExternalId = $"{i}" },
        }).ToList();
        var grains = server.Get<IGrainFactory>();
        Assert.Null(await grains.GetBatch("b_killed").AcceptAsync(new AcceptBatch(tasks, Actors.Admin)));
        // As the batch itself adds them, and no further.
        await grains.GetRepo("acme/shop").CreateTasksAsync(new CreateTasks(
            [.. tasks.Take(added).Select(task => new CreateTask(task.TaskId, task.Spec, Actors.Admin))]));
        Assert.Equal(added, await CountAsync(server));

        await server.StopAsync();
        await server.StartAgainAsync();

        await Eventually.TrueAsync(async () => await CountAsync(server) == tasks.Count, "all tasks are there");
        await Eventually.TrueAsync(async () => (await server.Storage.ReadModel.ListOpenBatchesAsync()).Count == 0, "the batch is done");
        Assert.Equal(tasks.Count, (await server.Storage.Events.ReadAfterAsync(0, 10_000)).Count(past => past.Type == "task.created"));
    }

    /// <summary>Changes are promised by the row as new tasks are, and overwrite nothing that somebody did after it was written.</summary>
    [Fact]
    public async Task Batch_KilledBeforeItsChanges_MakesThemAfterTheRestartButNotOverLaterOnes()
    {
        await using var server = await StartAsync("acme/shop");
        var ids = Ids(await BatchAsync(server, $$"""{"tasks":[{{Many(250)}}]}"""));
        var version = (long)(await server.SendAsync(HttpMethod.Get, $"/v1/tasks/{ids[0]}", admin: Admin)).Json!["version"]!;
        var work = ids.Select((id, i) => new BatchTask
        {
            TaskId = id, Repo = "acme/shop", Spec = new TaskSpec { Title = $"{i}" }, Changes = new TaskPatch { Priority = 500 }, Version = version,
        }).ToList();
        Assert.Null(await server.Get<IGrainFactory>().GetBatch("b_killed").AcceptAsync(new AcceptBatch(work, Actors.Admin)));
        await server.SendAsync(HttpMethod.Patch, $"/v1/admin/tasks/{ids[0]}", new StringContent("""{"priority":7}""", Encoding.UTF8,
            "application/json"), admin: Admin, header: ("If-Match", "*"));

        await server.StopAsync();
        await server.StartAgainAsync();

        await Eventually.TrueAsync(async () => (await server.Storage.ReadModel.ListOpenBatchesAsync()).Count == 0, "the batch is done");
        var priorities = new List<int>();
        foreach (var id in ids) priorities.Add((int)(await server.SendAsync(HttpMethod.Get, $"/v1/tasks/{id}", admin: Admin)).Json!["priority"]!);
        Assert.Equal(7, priorities[0]);
        Assert.All(priorities.Skip(1), priority => Assert.Equal(500, priority));
    }

    [Fact]
    public async Task Batch_OnExistingUpdate_ChangesWhatDiffers()
    {
        await using var server = await StartAsync("acme/shop");
        await BatchAsync(server, """{"tasks":[{"repo":"acme/shop","title":"a","external_id":"1"},{"repo":"acme/shop","title":"b","external_id":"2"}]}""");
        const string changed = """
            {"tasks":[{"repo":"acme/shop","title":"a","external_id":"1"},{"repo":"acme/shop","title":"b","external_id":"2","tier":2}],"on_existing":"MODE"}
            """;
        var skipped = await BatchAsync(server, changed.Replace("MODE", "skip", StringComparison.Ordinal));
        var updated = await BatchAsync(server, changed.Replace("MODE", "update", StringComparison.Ordinal));
        (await BatchAsync(server, changed.Replace("MODE", "replace", StringComparison.Ordinal))).MustReject("on_existing");

        Assert.Equal((0, 1, 1), ((int)skipped.Json!["updated"]!, (int)skipped.Json["unchanged"]!, (int)skipped.Json["left"]!));
        Assert.Equal("on_existing is skip", (string?)skipped.Json["tasks"]![0]!["reason"]);
        Assert.Equal((1, 1, 0), ((int)updated.Json!["updated"]!, (int)updated.Json["unchanged"]!, (int)updated.Json["left"]!));
    }

    [Fact]
    public async Task Batch_RefusedBeforeItsRow_LeavesNothingForTheRestart()
    {
        await using var server = await StartAsync("acme/shop");
        var task = new BatchTask { TaskId = "t_1", Repo = "acme/none", Spec = new TaskSpec { Title = "x" } };
        Assert.NotNull(await server.Get<IGrainFactory>().GetBatch("b_refused").AcceptAsync(new AcceptBatch([task], Actors.Admin)));
        Assert.Empty(await server.Storage.ReadModel.ListOpenBatchesAsync());
        await server.StopAsync();
        await server.StartAgainAsync();
        Assert.Equal(0, await CountAsync(server));
    }

    [Fact]
    public async Task Batch_MoreThanTheRepoKeeps_AddsNone()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Matching__MaxReadyPerRepo", "3"));
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: Admin);
        var full = (await BatchAsync(server, $$"""{"tasks":[{{Many(4)}}]}""")).MustBeProblem(409, "conflict");
        Assert.Equal("limit_reached", (string?)full.Json!["details"]!["reason"]);
        Assert.Equal(0, await CountAsync(server));
        Assert.Equal(201, (await BatchAsync(server, $$"""{"tasks":[{{Many(3)}}]}""")).Status);
        // What is there needs no more room.
        Assert.Equal(200, (await BatchAsync(server, $$"""{"tasks":[{{Many(3)}}]}""")).Status);
    }

    [Fact]
    public async Task Batch_BodyAtItsOwnLimit_IsReadAndOnePastItIsNot()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Imports__MaxBodyBytes", "300000"));
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: Admin);
        var body = $$"""{"tasks":[{{Many(2)}}]}""";
        Assert.Equal(201, (await BatchAsync(server, body.PadRight(300_000))).Status);
        var past = (await BatchAsync(server, body.PadRight(300_001))).MustBeProblem(413, "payload_too_large");
        Assert.Equal(300_000, (int)past.Json!["details"]!["limit_bytes"]!);
        (await server.PostAsync("/v1/admin/tasks", "{}".PadRight(262_145), admin: Admin)).MustBeProblem(413, "payload_too_large");
    }

    [Fact]
    public async Task Batch_WaitingForEachOther_IsRefused()
    {
        await using var server = await StartAsync("acme/shop");
        var (a, b) = (TaskIds.OfExternal("acme/shop", "a"), TaskIds.OfExternal("acme/shop", "b"));
        var tasks = $$"""{"repo":"acme/shop","title":"a","external_id":"a","depends_on":["{{b}}"]},{"repo":"acme/shop","title":"b","external_id":"b","depends_on":["{0}"]}""";
        (await BatchAsync(server, $$"""{"tasks":[{{tasks.Replace("{0}", a, StringComparison.Ordinal)}}]}""")).MustReject("depends_on");
        (await BatchAsync(server, $$"""{"tasks":[{{tasks.Replace("{0}", b, StringComparison.Ordinal)}}]}""")).MustReject("depends_on");
        Assert.Equal(0, await CountAsync(server));
    }

    private static string Many(int count) => string.Join(',', Enumerable.Range(0, count).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"repo\":\"acme/shop\",\"title\":\"{i}\",\"external_id\":\"{i}\"}}")));

    private static string[] Ids(Answer answer) => [.. answer.Json!["task_ids"]!.AsArray().Select(id => (string)id!)];

    private static async Task<OwnServer> StartAsync(params string[] repos)
    {
        var server = await OwnServer.StartAsync();
        foreach (var repo in repos)
            Assert.Equal(201, (await server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"}""", admin: Admin)).Status);
        return server;
    }

    private static Task<Answer> BatchAsync(OwnServer server, string body) => server.PostAsync("/v1/admin/tasks/batch", body, admin: Admin);

    private static async Task<JsonArray> ListAsync(OwnServer server, string query) =>
        (await server.SendAsync(HttpMethod.Get, $"/v1/tasks?{query}", admin: Admin)).Json!["items"]!.AsArray();

    private static async Task<long> CountAsync(OwnServer server) =>
        (await server.Storage.ReadModel.ReadPoolStateAsync()).Repos.Sum(repo => repo.Count("ready"));

    private static async Task ExecuteAsync(OwnServer server, string sql)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
