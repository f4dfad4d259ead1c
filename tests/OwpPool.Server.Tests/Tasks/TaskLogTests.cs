using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class TaskLogTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Append_Holder_IsReadBackByHolderAndAdmin()
    {
        var (token, task, _) = await LeaseAsync();

        var said = await SayAsync(task, token, """
            {"lines":[{"at":"2026-01-18T06:00:00+01:00","level":"warn","stage":"build","message":"one"},{"message":"two"}]}
            """);

        Assert.Equal((200, true), (said.Status, (bool)said.Json!["ok"]!));
        var page = await _server.GetAsync(Path(task), token);
        Assert.Equal(page.Body, (await _server.GetAsync(Path(task), admin: TestServer.AdminToken)).Body);
        Assert.Equal((long)said.Json["next"]!, (long)page.Json!["next"]!);
        Assert.Null(page.Json["next_cursor"]);
        Assert.Equal(0, (int)page.Json["lines_removed"]!);
        var lines = page.Json["items"]!.AsArray();
        Assert.Equal(["id", "at", "received_at", "worker_id", "fencing_token", "level", "stage", "message"],
            lines[0]!.AsObject().Select(member => member.Key));
        Assert.Equal(("2026-01-18T05:00:00.000Z", "warn", "build", "one", 1),
            ((string)lines[0]!["at"]!, (string)lines[0]!["level"]!, (string)lines[0]!["stage"]!, (string)lines[0]!["message"]!,
                (int)lines[0]!["fencing_token"]!));
        Assert.Equal(("info", null, "two"), ((string)lines[1]!["level"]!, (string?)lines[1]!["stage"], (string)lines[1]!["message"]!));
        Assert.Equal((string)lines[1]!["received_at"]!, (string)lines[1]!["at"]!);
    }

    [Fact]
    public async Task Append_WhatAToolPrints_StaysReadableAndHarmless()
    {
        var (token, task, _) = await LeaseAsync();

        await SayAsync(task, token, """{"lines":[{"message":"\u001b[31mred\u0000\r\nnext\rline\ttab\u0085\u202e\u007f é"}]}""");

        Assert.Equal(["␛[31mred␀\nnext\nline\ttab\n\ufffd␡ é"], await MessagesAsync(task));
    }

    [Theory]
    [InlineData("2030-01-01T00:00:00.1Z", "2030-01-01T00:00:00.100Z")]
    [InlineData("2030-01-01T00:00:00.123456Z", "2030-01-01T00:00:00.123Z")]
    [InlineData("2030-01-01t00:00:00.12345678z", "2030-01-01T00:00:00.123Z")]
    [InlineData("2030-01-01T00:00:00.123456789Z", "2030-01-01T00:00:00.123Z")]
    [InlineData("2030-01-01T00:00:00.123456789012-00:00", "2030-01-01T00:00:00.123Z")]
    public async Task Append_InstantWithAnyNumberOfDigits_IsCut(string at, string kept)
    {
        var (token, task, _) = await LeaseAsync();

        Assert.Equal(200, (await SayAsync(task, token, $$"""{"lines":[{"message":"one"},{"at":"{{at}}","message":"two"}]}""")).Status);

        Assert.Equal(kept, (string)(await _server.GetAsync(Path(task), token)).Json!["items"]![1]!["at"]!);
    }

    [Fact]
    public async Task Append_OneBadLine_IsNamedByItsPlace()
    {
        var (token, task, _) = await LeaseAsync();

        var answer = await SayAsync(task, token, """{"lines":[{"message":"one"},{"at":"9999-12-31T23:59:59Z","message":"two"},{"message":"three"}]}""");

        Assert.Contains("1970 to 9998", answer.MustReject("lines[1].at").Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Pages_LeadToTheEnd()
    {
        var (token, task, _) = await LeaseAsync();
        await SayAsync(task, token, Lines(5));

        var seen = new List<string>();
        var path = $"{Path(task)}?limit=2";
        while (path is not null)
        {
            var page = await _server.GetAsync(path, token);
            seen.AddRange(page.Json!["items"]!.AsArray().Select(line => (string)line!["message"]!));
            path = page.Headers.TryGetValue("Link", out var link) ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : null;
            Assert.Equal(path is null, page.Json["next_cursor"] is null);
        }

        Assert.Equal(["1", "2", "3", "4", "5"], seen);
    }

    [Fact]
    public async Task Append_NotTheHolder_IsRefusedAsAReportIs()
    {
        var (token, task, lease) = await LeaseAsync();
        var (_, stranger) = await _server.RegisterAsync();

        (await SayAsync(task, stranger)).MustBeProblem(403, "forbidden");
        (await SayAsync("t_unknown", token)).MustBeProblem(404, "not_found");
        (await SayAsync("no-id", token)).MustBeProblem(404, "not_found");
        (await SayAsync(task, null)).MustBeProblem(401, "unauthorized");
        (await SayAsync(task, token[..^1] + (token[^1] == 'A' ? 'B' : 'A'))).MustBeProblem(401, "unauthorized");
        var stale = await SayAsync(task, token, """{"lines":[{"message":"x"}],"lease_id":"l_earlier"}""");
        Assert.Equal("stale_token", (string?)stale.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
        stale = await SayAsync(task, token, """{"lines":[{"message":"x"}],"fencing_token":2}""");
        Assert.Equal("stale_token", (string?)stale.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
        Assert.Equal(200, (await SayAsync(task, token,
            $$"""{"lines":[{"message":"x"}],"fencing_token":1,"lease_id":"{{lease}}"}""")).Status);

        await _server.PostAsync($"/v1/tasks/{task}/release", "{}", token);
        Assert.Equal("lease_lost", (string?)(await SayAsync(task, token)).MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
        Assert.Equal(["x"], await MessagesAsync(task));
    }

    [Fact]
    public async Task Get_NotOnesOwn_IsNotThere()
    {
        var (token, task, _) = await LeaseAsync();
        var (_, stranger) = await _server.RegisterAsync();

        foreach (var query in new[] { "", "?follow=true" })
        {
            (await _server.GetAsync(Path(task) + query, stranger)).MustBeProblem(404, "not_found");
            (await _server.GetAsync(Path("t_unknown") + query, admin: TestServer.AdminToken)).MustBeProblem(404, "not_found");
            (await _server.GetAsync(Path(task) + query)).MustBeProblem(401, "unauthorized");
        }

        await _server.PostAsync($"/v1/tasks/{task}/release", "{}", token);
        (await _server.GetAsync(Path(task), token)).MustBeProblem(404, "not_found");
    }

    [Theory]
    [InlineData("{}", "lines")]
    [InlineData("""{"lines":[]}""", "lines")]
    [InlineData("""{"lines":["x"]}""", "lines")]
    [InlineData("""{"lines":{}}""", "lines")]
    [InlineData("""{"lines":[{"message":"x"},{}]}""", "lines[1].message")]
    [InlineData("""{"lines":[{"message":7}]}""", "lines[0].message")]
    [InlineData("""{"lines":[{"message":"x","level":"loud"}]}""", "lines[0].level")]
    [InlineData("""{"lines":[{"message":"x","at":"yesterday"}]}""", "lines[0].at")]
    [InlineData("""{"lines":[{"message":"x","stage":"a\nb"}]}""", "lines[0].stage")]
    [InlineData("""{"lines":[{"message":"x"}],"fencing_token":-1}""", "fencing_token")]
    public async Task Append_BadBody_NamesTheField(string body, string field)
    {
        var (token, task, _) = await LeaseAsync();
        (await SayAsync(task, token, body)).MustReject(field);
        Assert.Empty(await MessagesAsync(task));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("after=-1", "after")]
    [InlineData("follow=yes", "follow")]
    public async Task Get_BadParameter_IsNamed(string query, string field) =>
        (await _server.GetAsync($"{Path("t_any")}?{query}", admin: TestServer.AdminToken)).MustReject(field);

    [Fact]
    public async Task Append_AtTheLimits_IsTakenAndOneMoreIsNot()
    {
        var (token, task, _) = await LeaseAsync();

        Assert.Equal(200, (await SayAsync(task, token, Lines(500))).Status);
        (await SayAsync(task, token, Lines(501))).MustReject("lines");
        Assert.Equal(200, (await SayAsync(task, token, $$"""{"lines":[{"message":"{{new string('x', 8192)}}"}]}""")).Status);
        (await SayAsync(task, token, $$"""{"lines":[{"message":"{{new string('x', 8191)}}é"}]}""")).MustReject("lines[0].message");
    }

    [Fact]
    public async Task Append_SameKeyAgain_IsOneEffect()
    {
        var (token, task, _) = await LeaseAsync();
        var key = Keyed.NewKey();

        var first = await _server.PostKeyedAsync(key, Path(task), Lines(2), token);
        (await _server.PostKeyedAsync(key, Path(task), Lines(2), token)).MustReplay(first);

        Assert.Equal(2, (await MessagesAsync(task)).Length);
    }

    [Fact]
    public async Task Follow_LinesBeforeAndAfter_ComeOnceAndAreResumed()
    {
        var (token, task, _) = await LeaseAsync();
        await SayAsync(task, token, Lines(2));
        await using var stream = await SseClient.OpenAsync(_server.Address, $"{Path(task)}?follow=true", token);
        Assert.Equal(("log", "1"), Seen(await stream.EventAsync()));
        Assert.Equal("2", Seen(await stream.EventAsync()).Message);

        await SayAsync(task, token, """{"lines":[{"message":"later"}]}""");
        Assert.Equal("later", Seen(await stream.EventAsync()).Message);

        await SayAsync(task, token, """{"lines":[{"message":"last"}]}""");
        await using var again = await SseClient.OpenAsync(_server.Address, $"{Path(task)}?follow=true", lastId: stream.LastId);
        Assert.Equal("last", Seen(await again.EventAsync()).Message);
    }

    [Fact]
    public async Task Follow_IdThatIsNotKept_Resets()
    {
        var (token, task, _) = await LeaseAsync();
        await SayAsync(task, token, Lines(2));

        await using var stream = await SseClient.OpenAsync(_server.Address, $"{Path(task)}?follow=true&after=9999999", token);

        var reset = await stream.EventAsync();
        Assert.Equal(("reset", "unknown"), (reset.Type, (string?)reset.Json["reason"]));
        Assert.Equal("1", Seen(await stream.EventAsync()).Message);
    }

    [Fact]
    public async Task Follow_TaskLost_Ends()
    {
        var (token, task, _) = await LeaseAsync(""","required_skills":["follow-lost"]""", ""","skills":["follow-lost"]""");
        await using var stream = await SseClient.OpenAsync(_server.Address, $"{Path(task)}?follow=true", token);
        await SayAsync(task, token, """{"lines":[{"message":"mine"}]}""");
        Assert.Equal("mine", Seen(await stream.EventAsync()).Message);

        await _server.PostAsync($"/v1/tasks/{task}/release", "{}", token);
        var (_, next) = await _server.RegisterAsync(""","skills":["follow-lost"]""");
        await _server.GetAsync("/v1/work?wait_seconds=30", next);
        Assert.Equal(200, (await SayAsync(task, next, """{"lines":[{"message":"not yours"}]}""")).Status);

        Assert.Null(await stream.ReadAsync());
    }

    private static (string? Type, string Message) Seen(SseBlock block) => (block.Type, (string)block.Json["message"]!);

    private static string Path(string task) => $"/v1/tasks/{task}/logs";

    private static string Lines(int count)
    {
        var lines = Enumerable.Range(1, count).Select(i => new JsonObject { ["message"] = $"{i}" });
        return new JsonObject { ["lines"] = new JsonArray([.. lines]) }.ToJsonString();
    }

    private Task<Answer> SayAsync(string task, string? token, string body = """{"lines":[{"message":"x"}]}""") =>
        _server.PostAsync(Path(task), body, token);

    private async Task<string[]> MessagesAsync(string task) =>
    [
        .. (await _server.GetAsync($"{Path(task)}?limit=200", admin: TestServer.AdminToken)).Json!["items"]!.AsArray()
            .Select(line => (string)line!["message"]!),
    ];

    private async Task<(string Token, string Task, string Lease)> LeaseAsync(string taskFields = "", string workerFields = "")
    {
        if (taskFields.Length == 0)
        {
            var (token, lease) = await _server.LeaseAsync();
            return (token, (string)lease["task_id"]!, (string)lease["lease_id"]!);
        }
        var task = await _server.AddTaskAsync(await _server.AddRepoAsync(), taskFields);
        var (_, worker) = await _server.RegisterAsync(workerFields);
        var held = Assert.Single((await _server.GetAsync("/v1/work?wait_seconds=30", worker)).Json!["leases"]!.AsArray())!;
        return (worker, task, (string)held["lease_id"]!);
    }
}
