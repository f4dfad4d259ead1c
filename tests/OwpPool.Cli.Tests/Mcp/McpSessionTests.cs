using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary>What happens beside the calls: heartbeats, leases that are lost, sessions that end.</summary>
public sealed class McpSessionTests : McpTestBase
{
    private const int LeaseSeconds = 3;

    private protected override (string Name, string Value)[] Settings =>
        [("ASPNETCORE_ENVIRONMENT", "Development"), ("OwpPool__Lease__TtlSeconds", $"{LeaseSeconds}")];

    [Fact]
    public async Task Lease_WhileTheAgentThinks_IsRenewedBeyondItsEnd()
    {
        var id = await AddTaskAsync();
        await using var agent = await StartAgentAsync();
        var fetched = await agent.CallAsync("fetch_work", new { wait_seconds = 20 });
        var end = fetched["leases"][0].GetProperty("lease_expires_at").GetDateTimeOffset();
        await agent.CallAsync("start_task", new { task_id = id });

        // Nobody calls anything until the lease would have ended, and then some.
        await Eventually.TrueAsync(async () =>
            (await Pool.Admin.GetTaskAsync(id)).Lease is { } lease && lease.LeaseExpiresAt > end.AddSeconds(LeaseSeconds), "it is renewed");

        var call = await agent.CallAsync("report_progress", new { task_id = id, message = "Still there." });
        Assert.Equal("in_progress", call.String("status"));
        Assert.Empty(call.Notices);
    }

    [Fact]
    public async Task Lease_TaskCancelledUnderTheAgent_IsToldInTheNextAnswerOnce()
    {
        var id = await AddTaskAsync();
        var other = await AddTaskAsync("Drop an index");
        await using var agent = await StartAgentAsync();
        await agent.CallAsync("fetch_work", new { wait_seconds = 20, max = 2 });
        await agent.CallAsync("start_task", new { task_id = id });

        await Pool.PostAsAdminAsync($"v1/admin/tasks/{id}/cancel", """{"reason":"Not needed any more."}""");
        ToolCall? told = null;
        await Eventually.TrueAsync(async () =>
        {
            // A call that asks the pool for nothing about the lost task: only the heartbeat can know.
            var call = await agent.CallAsync("explain_no_work");
            if (call.Notices.Any()) told = call;
            return told is not null;
        }, "the agent is told");

        Assert.Contains($"cancelled {id} (Index orders). Stop working on it", Assert.Single(told!.Notices));
        Assert.StartsWith("NOTICE: ", told.Text);
        Assert.Empty((await agent.CallAsync("explain_no_work")).Notices);
        var held = await agent.CallAsync("list_my_leases");
        Assert.Equal(other, Assert.Single(held["leases"].EnumerateArray()).GetProperty("task_id").GetString());
        Assert.Equal("cancelled", Assert.Single(held["lost"].EnumerateArray()).GetProperty("reason").GetString());
        var refused = await agent.RefusedAsync("report_progress", new { task_id = id, message = "More." });
        Assert.Contains("stop", refused, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Lease_TakenBackAtTheMomentOfAReport_IsAnErrorThatSaysStop()
    {
        var id = await AddTaskAsync();
        await using var agent = await StartAgentAsync();
        await agent.CallAsync("fetch_work", new { wait_seconds = 20 });
        await agent.CallAsync("start_task", new { task_id = id });
        await Pool.PostAsAdminAsync($"v1/admin/tasks/{id}/requeue", """{"reason":"Somebody else shall do it."}""");

        var refused = await agent.RefusedAsync("report_pr", new { task_id = id, pr_url = "https://github.com/acme/shop/pull/9" });

        Assert.Contains("lease_lost", refused);
        Assert.Contains("Stop working on it and push nothing for it", refused);
        Assert.Null((await Pool.Admin.GetTaskAsync(id)).Artifact.PrUrl);
    }

    [Fact]
    public async Task Session_Ended_KeepsWhatWasBegunForTheNext()
    {
        var id = await AddTaskAsync();
        await using (var first = await StartAgentAsync())
        {
            await first.CallAsync("fetch_work", new { wait_seconds = 20 });
            await first.CallAsync("start_task", new { task_id = id });
        }
        await using var second = await StartAgentAsync();

        var held = (await second.CallAsync("list_my_leases"))["leases"][0];

        Assert.Equal((id, "in_progress"), (held.GetProperty("task_id").GetString(), held.GetProperty("status").GetString()));
        Assert.Equal("blocked", (await second.CallAsync("block_task", new { task_id = id, reason = "Asked." })).String("status"));
    }

    [Fact]
    public async Task Session_EndedWithReleaseOnExit_GivesAllBack()
    {
        var id = await AddTaskAsync();
        await using var owp = await McpProcess.StartAsync(Variables, "--release-on-exit");
        await owp.CallAsync(1, "fetch_work", """{"wait_seconds":20}""");
        await owp.CallAsync(2, "start_task", $$"""{"task_id":"{{id}}"}""");

        var (code, error) = await owp.EndAsync();

        Assert.Equal(0, code);
        Assert.Contains($"{id} was given back", error);
        var task = await Pool.Admin.GetTaskAsync(id);
        Assert.Equal(("ready", "The agent's session ended."), (task.Status, Assert.Single(task.Attempts).Reason));
    }

    [Fact]
    public async Task Session_EndedWhileItWaitsForWork_EndsWithoutIt()
    {
        await using var owp = await McpProcess.StartAsync(Variables);
        await owp.CallAsync(1, "list_my_leases");
        await owp.WriteAsync(
            """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"fetch_work","arguments":{"wait_seconds":50}}}""");

        var (code, _) = await owp.EndAsync();

        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Tools_NoRegistration_SayHowToGetOneAndFindItWithoutARestart()
    {
        Variables.Remove("OWP_TOKEN");
        await using var agent = await StartAgentAsync();

        var refused = await agent.RefusedAsync("fetch_work");
        Assert.Contains("owp worker register", refused);
        Assert.Empty(await agent.Client.ListResourcesAsync());

        using var shell = new OwpShell();
        foreach (var (name, value) in Variables) shell.Variables[name] = value;
        Assert.Equal(ExitCodes.Done, (await shell.RunAsync("worker register --name agent --skills sql")).ExitCode);
        Assert.StartsWith("You are agent", (await agent.CallAsync("list_my_leases")).Text);
    }

    [Fact]
    public async Task Tools_TokenThatThePoolDoesNotKnow_SayNotToRetry()
    {
        Variables["OWP_TOKEN"] = "owpw_nobody";
        await using var agent = await StartAgentAsync();

        var refused = await agent.RefusedAsync("fetch_work");

        Assert.Contains("401 unauthorized", refused);
        Assert.Contains("Do not retry", refused);
        Assert.DoesNotContain("owpw_nobody", refused + agent.Log);
    }

    [Fact]
    public async Task Tools_PoolThatIsNotThere_SayThatTheWorkIsSafe()
    {
        var id = await AddTaskAsync();
        await using var agent = await StartAgentAsync();
        await agent.CallAsync("fetch_work", new { wait_seconds = 20 });

        await Pool.KillAsync();
        var refused = await agent.RefusedAsync("start_task", new { task_id = id });

        Assert.Contains("cannot be reached", refused);
        Assert.Contains("call this again", refused);
    }

    [Theory]
    [InlineData("--admin-token x")]
    [InlineData("--relase-on-exit")]
    public async Task CommandLine_OptionsOfAnAdminOrUnknown_AreRefused(string options)
    {
        using var shell = new OwpShell();

        Assert.Equal(ExitCodes.Error, (await shell.RunAsync($"mcp {options}")).ExitCode);
    }
}
