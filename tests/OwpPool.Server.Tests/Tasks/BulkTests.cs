using System.Text.Json.Nodes;
using OwpPool.Core.Batches;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Tests.Support;
using OwpPool.Storage.EventLog;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>One act on many tasks: by each task's own rules, as it was found, and once.</summary>
public sealed class BulkTests : IAsyncLifetime
{
    private const string Admin = TestServer.AdminToken;
    private readonly ManualTimeProvider _clock = new();
    private OwnServer _server = null!;
    private int _taken;

    public async Task InitializeAsync()
    {
        _server = await OwnServer.StartAsync(_clock);
        await PostAsync("/v1/admin/repos", """{"repo":"acme/shop","max_attempts":1,"max_open_prs":50}""");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Requeue_ByFilter_RevivesThemWithOneEventEachAndOneId()
    {
        var dead = await DeadAsync(3);
        var ready = await AddAsync(2);
        const string body = """{"act":"requeue","filter":{"repo":"ACME/Shop","status":["dead_letter"]},"reason":"disk is back"}""";

        var dry = await BulkAsync(body[..^1] + ""","dry_run":true}""");
        Assert.All(await StatusesAsync(dead), status => Assert.Equal("dead_letter", status));
        var done = await BulkAsync(body);
        var again = await BulkAsync(body);

        Assert.Equal((3, 3, 0, true), Counts(dry));
        Assert.Equal((3, 3, 0, false), Counts(done));
        Assert.Equal((0, 0, 0, false), Counts(again));
        Assert.All(await StatusesAsync([.. dead, .. ready]), status => Assert.Equal("ready", status));
        var events = await EventsAsync(done.Text("bulk_id"));
        Assert.Equal(dead.Order(), events.Where(past => past.Type == "task.revived").Select(past => past.Target).Order());
        Assert.All(events, past => Assert.Equal("admin:root", past.Actor));
        Assert.All(events, past => Assert.Contains("disk is back", past.Details, StringComparison.Ordinal));
        Assert.Equal(done.Text("bulk_id"), Assert.Single(events, past => past.Type == "bulk.accepted").Target);
        Assert.Equal(4, events.Count);
    }

    [Fact]
    public async Task Accept_OfTasksInEveryStatus_RefusesEachByItsOwnRules()
    {
        var (_, token) = await RegisterAsync();
        var ready = await AddAsync(2);
        var reviewed = await TakeAsync(token);
        Assert.Equal(200, (await ReportAsync(reviewed, token, """{"status":"pr_opened","pr_url":"https://github.com/acme/shop/pull/7"}""")).Status);
        var ids = string.Join(',', ready.Append(reviewed).Append("t_nobody").Append(reviewed).Select(id => $"\"{id}\""));
        var body = $$"""{"act":"accept","task_ids":[{{ids}}],"rating":4}""";

        var dry = await BulkAsync(body[..^1] + ""","dry_run":true}""");
        var done = await BulkAsync(body);

        Assert.Equal((4, 1, 3, true), Counts(dry));
        Assert.Equal((4, 1, 3, false), Counts(done));
        Assert.Equal(dry.Json!["refused"]!.ToJsonString(), done.Json!["refused"]!.ToJsonString());
        Assert.Equal(["unknown", "wrong_phase"], done.Json["refused"]!.AsArray().Select(task => (string)task!["reason"]!).Distinct().Order());
        Assert.Contains(done.Json["refused"]!.AsArray(), task => ((string?)task!["message"])!.Contains("ready cannot become merged", StringComparison.Ordinal));
        Assert.Equal("merged", Assert.Single(await StatusesAsync([reviewed])));
        Assert.Equal((4, 0, 3, false), Counts(await BulkAsync(body)));
    }

    [Fact]
    public async Task Edit_TakesTheChangesOfAPatchAndCountsWhatIsSoAlready()
    {
        var tasks = await AddAsync(3);
        await PostAsync("/v1/admin/tasks/bulk", $$"""{"act":"edit","task_ids":["{{tasks[0]}}"],"changes":{"priority":80,"area":"src"},"reason":"urgent"}""");

        var done = await BulkAsync("""{"act":"edit","filter":{"status":"ready"},"changes":{"priority":80,"area":"src"}}""");

        Assert.Equal((3, 2, 0, false), Counts(done));
        Assert.Equal(1, (int)done.Json!["unchanged"]!);
        Assert.All(await ListAsync(), task => Assert.Equal((80, "src"), ((int)task!["priority"]!, (string?)task["area"])));
        // A task cannot wait for itself; the others wait for it.
        var chain = $$$"""{"act":"edit","filter":{"all":true},"changes":{"depends_on":["{{{tasks[0]}}}"]}""";
        Assert.Equal((3, 2, 1, true), Counts(await BulkAsync(chain + ""","dry_run":true}""")));
        Assert.Equal((3, 2, 1, false), Counts(await BulkAsync(chain + "}")));
    }

    [Theory]
    [InlineData("""{"act":"cancel","reason":"x"}""", "filter")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{}}""", "filter.all")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"all":true,"repo":"acme/shop"}}""", "filter.all")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"state":"dead_letter","repo":"acme/shop"}}""", "filter.state")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"status":"dead","tier":9}}""", "filter.status", "filter.tier")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"repo":""}}""", "filter.repo")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"repo":"acme/shop","skill":" "}}""", "filter.skill")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"q":"","area":""}}""", "filter.q", "filter.area")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"status":[]}}""", "filter.status")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"all":true},"task_ids":["t_1"]}""", "filter")]
    [InlineData("""{"act":"cancel","reason":"x","task_ids":[]}""", "task_ids")]
    [InlineData("""{"act":"cancel","reason":"x","task_ids":["t_1"],"limit":5}""", "task_ids")]
    [InlineData("""{"act":"cancel","task_ids":["t_1"]}""", "reason")]
    [InlineData("""{"act":"requeue","filter":{"all":true},"reason":""}""", "reason")]
    [InlineData("""{"act":"drop","filter":{"all":true}}""", "act")]
    [InlineData("""{"act":"edit","filter":{"all":true}}""", "changes")]
    [InlineData("""{"act":"edit","filter":{"all":true},"changes":{}}""", "changes")]
    [InlineData("""{"act":"edit","filter":{"all":true},"changes":{"priority":9999}}""", "changes.priority")]
    [InlineData("""{"act":"cancel","reason":"x","filter":{"all":true},"changes":{"priority":1}}""", "changes")]
    [InlineData("""{"act":"accept","filter":{"all":true},"dryrun":true}""", "dryrun")]
    [InlineData("""{"act":"accept","filter":{"all":true},"limit":1001}""", "limit")]
    [InlineData("""{"act":"accept","filter":{"all":true},"cursor":"AAAA"}""", "cursor")]
    public async Task Bulk_WhatCouldFindOrDoTooMuch_IsRefused(string body, params string[] fields)
    {
        await AddAsync(1);
        (await _server.PostAsync("/v1/admin/tasks/bulk", body, admin: Admin)).MustReject(fields);
        Assert.Equal("ready", Assert.Single(await StatusesAsync()));
    }

    [Fact]
    public async Task Bulk_OfAViewer_ChangesNothing()
    {
        var viewer = (await PostAsync("/v1/admin/tokens", """{"name":"vera","role":"viewer"}""")).Text("token");
        (await _server.PostAsync("/v1/admin/tasks/bulk", """{"act":"cancel","filter":{"all":true},"reason":"x"}""", admin: viewer))
            .MustBeProblem(403, "forbidden");
    }

    [Fact]
    public async Task Bulk_MoreThanTheLimit_GoesOnByTheCursorUnderOneId()
    {
        var tasks = await AddAsync(5);
        const string body = """{"act":"edit","filter":{"repo":"acme/shop"},"changes":{"priority":77},"limit":2""";
        var (changed, ids, cursor, calls) = (0, new HashSet<string>(), (string?)null, 0);
        do
        {
            var page = await BulkAsync(body + (cursor is null ? "}" : $",\"cursor\":\"{cursor}\"}}"));
            changed += (int)page.Json!["changed"]!;
            ids.Add(page.Text("bulk_id"));
            cursor = (string?)page.Json["next_cursor"];
            calls++;
        }
        while (cursor is not null);

        Assert.Equal((5, 3), (changed, calls));
        Assert.Equal(tasks.Count, (await EventsAsync(Assert.Single(ids))).Count(past => past.Type == "task.edited"));
        // A cursor belongs to its act and filter.
        cursor = (string?)(await BulkAsync(body + "}")).Json!["next_cursor"];
        (await _server.PostAsync("/v1/admin/tasks/bulk",
            $$"""{"act":"cancel","filter":{"repo":"acme/shop"},"reason":"x","cursor":"{{cursor}}"}""", admin: Admin)).MustReject("cursor");
    }

    [Fact]
    public async Task Bulk_WithAKey_IsOneEffectAcrossARestartEvenIfTheAnswerWasLost()
    {
        await DeadAsync(4);
        const string body = """{"act":"requeue","filter":{"status":"dead_letter"},"reason":"again"}""";
        var first = await _server.PostAsync("/v1/admin/tasks/bulk", body, admin: Admin, key: "key-1");
        Assert.Equal((4, 4, 0, false), Counts(first));
        (await _server.PostAsync("/v1/admin/tasks/bulk", body, admin: Admin, key: "key-1")).MustReplay(first);
        // Without the kept answer the request runs again, and finds what it did; what has died since is not its matter.
        await ForgetAnswersAsync();
        await _server.StopAsync();
        await _server.StartAgainAsync();
        await DeadAsync(1);

        var again = await _server.PostAsync("/v1/admin/tasks/bulk", body, admin: Admin, key: "key-1");

        Assert.Equal(first.Body, again.Body);
        Assert.Equal(4, (await EventsAsync(first.Text("bulk_id"))).Count(past => past.Type == "task.revived"));
    }

    /// <summary>The row of the act is the promise: whatever was done of it when everything died, in the end each task was changed once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(49)]
    [InlineData(60)]
    public async Task Bulk_KilledAfterSoManyTasks_IsWholeAfterTheRestart(int done)
    {
        var tasks = await AddAsync(60);
        var grains = _server.Get<IGrainFactory>();
        var order = new BulkOrder { BulkId = "b_killed", Act = BulkAct.Edit, Actor = "admin:root", Patch = new TaskPatch { Priority = 70 } };
        var found = tasks.ConvertAll(id => new BulkTask { TaskId = id, Repo = "acme/shop", Version = 1 });
        await grains.GetBulk("b_killed").AcceptAsync(new AcceptBulk(order, found, [], null));
        // As the act itself changes them, and no further; and one of them goes on its way since.
        foreach (var task in found.Take(done)) await grains.GetRepo("acme/shop").MaintainAsync(task.TaskId, order.CommandFor(task));
        if (done > 0) await PatchAsync(tasks[0], """{"priority":5}""");

        await _server.StopAsync();
        await _server.StartAgainAsync();

        await Eventually.TrueAsync(async () => (await _server.Storage.ReadModel.ListOpenBulksAsync()).Count == 0, "the act is done");
        var progress = await _server.Get<IGrainFactory>().GetBulk("b_killed").ContinueAsync();
        Assert.Equal((60, 60, 0), (progress.Matched, progress.Changed, progress.Refused.Count));
        Assert.Equal(60, (await EventsAsync("b_killed")).Count(past => past.Type == "task.edited"));
        Assert.Equal(done > 0 ? 5 : 70, (int)(await ListAsync()).First(task => (string?)task!["task_id"] == tasks[0])!["priority"]!);
    }

    [Fact]
    public async Task Bulk_TaskThatChangedSinceItWasFound_IsLeftAlone()
    {
        var tasks = await AddAsync(2);
        var order = new BulkOrder { BulkId = "b_late", Act = BulkAct.Cancel, Actor = "admin:root", Reason = "old" };
        var found = tasks.ConvertAll(id => new BulkTask { TaskId = id, Repo = "acme/shop", Version = 1 });
        await PatchAsync(tasks[0], """{"title":"Still wanted"}""");
        var bulk = _server.Get<IGrainFactory>().GetBulk("b_late");
        await bulk.AcceptAsync(new AcceptBulk(order, found, [], null));

        var progress = await bulk.ContinueAsync();

        Assert.Equal((tasks[0], "version_changed"), (Assert.Single(progress.Refused).TaskId, progress.Refused[0].Reason));
        Assert.Equal(["ready", "cancelled"], await StatusesAsync(tasks));
    }

    private static (int Matched, int Changed, int Refused, bool DryRun) Counts(Answer answer) => ((int)answer.Json!["matched"]!,
        (int)answer.Json["changed"]!, answer.Json["refused"]!.AsArray().Count, answer.Json["dry_run"] is not null);

    private Task<Answer> BulkAsync(string body) => PostAsync("/v1/admin/tasks/bulk", body);

    private async Task<Answer> PostAsync(string path, string body)
    {
        var answer = await _server.PostAsync(path, body, admin: Admin);
        Assert.True(answer.Status is 200 or 201, answer.Body);
        return answer;
    }

    private async Task PatchAsync(string task, string body)
    {
        var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(200, (await _server.SendAsync(HttpMethod.Patch, $"/v1/admin/tasks/{task}", content, admin: Admin, header: ("If-Match", "*"))).Status);
    }

    private async Task<List<string>> AddAsync(int count)
    {
        var tasks = string.Join(',', Enumerable.Range(0, count).Select(number => $$"""{"repo":"acme/shop","title":"{{number}}"}"""));
        return [.. (await PostAsync("/v1/admin/tasks/batch", $$"""{"tasks":[{{tasks}}]}""")).Json!["task_ids"]!.AsArray().Select(id => (string)id!)];
    }

    private async Task<List<string>> DeadAsync(int count)
    {
        var dead = new List<string>();
        // The pool pauses a worker that fails too often.
        for (var i = 0; i < count; i++)
        {
            var (_, token) = await RegisterAsync();
            var task = await TakeAsync(token);
            Assert.Equal(200, (await ReportAsync(task, token, """{"status":"failed","message":"no disk"}""")).Status);
            dead.Add(task);
        }
        return dead;
    }

    /// <summary>A new task that is given out before all others, in the worker's hands.</summary>
    private async Task<string> TakeAsync(string token)
    {
        var body = $$"""{"repo":"acme/shop","title":"First","priority":{{900 + ++_taken}}}""";
        var task = (await PostAsync("/v1/admin/tasks", body)).Text("task_id");
        var work = await _server.PostAsync("/v1/claims", """{"max":1}""", token);
        Assert.Equal(task, (string?)Assert.Single(work.Json!["leases"]!.AsArray())!["task_id"]);
        return task;
    }

    private Task<Answer> ReportAsync(string task, string token, string body) => _server.PostAsync($"/v1/tasks/{task}/status", body, token);

    private async Task<(string Id, string Token)> RegisterAsync()
    {
        var answer = await _server.PostAsync("/v1/workers/register", """{"name":"ada"}""");
        return (answer.Text("worker_id"), answer.Text("token"));
    }

    private async Task<JsonArray> ListAsync() =>
        (await _server.SendAsync(HttpMethod.Get, "/v1/tasks?limit=200&sort=created", admin: Admin)).Json!["items"]!.AsArray();

    private async Task<IReadOnlyList<string>> StatusesAsync(IReadOnlyList<string>? tasks = null)
    {
        var all = (await ListAsync()).ToDictionary(task => (string)task!["task_id"]!, task => (string)task!["status"]!);
        return [.. (tasks ?? [.. all.Keys]).Select(task => all[task])];
    }

    private async Task<List<PoolEvent>> EventsAsync(string bulkId) => [.. (await _server.Storage.Events.ReadAfterAsync(0, 10_000))
        .Where(past => past.Target == bulkId || past.Details.Contains($"\"bulk_id\":\"{bulkId}\"", StringComparison.Ordinal))];

    private async Task ForgetAnswersAsync()
    {
        await using var connection = await _server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE OrleansStorage SET PayloadBinary = NULL, Version = Version + 1 WHERE GrainTypeString = 'answer'";
        await command.ExecuteNonQueryAsync();
    }
}
