using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary>Sessions that begin without a registration, lose their pool, and end.</summary>
public sealed class McpSessionTests : McpTestBase
{
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
    public async Task Tools_WorkerRevokedAndRegisteredAnew_GoOnAsTheNewOne()
    {
        Variables.Remove("OWP_TOKEN");
        using var shell = new OwpShell();
        foreach (var (name, value) in Variables) shell.Variables[name] = value;
        var first = await shell.RunAsync("worker register --name first --skills sql --profile agent");
        var id = await AddTaskAsync();
        await using var agent = await StartAgentAsync("--profile", "agent");
        await agent.CallAsync("fetch_work", new { wait_seconds = 20 });

        var worker = (await agent.CallAsync("list_my_leases")).String("worker_id");
        await Pool.PostAsAdminAsync($"v1/workers/{worker}/revoke", """{"reason":"Lost laptop."}""");
        Assert.Contains("401 unauthorized", await agent.RefusedAsync("start_task", new { task_id = id }));
        Assert.Equal(ExitCodes.Done, (await shell.RunAsync("worker register --name second --profile agent --force")).ExitCode);
        var call = await agent.CallAsync("list_my_leases");

        Assert.Equal(ExitCodes.Done, first.ExitCode);
        Assert.StartsWith("You are second", call.Text[call.Text.IndexOf("You are", StringComparison.Ordinal)..]);
        Assert.Contains(call.Notices, notice => notice.Contains($"You no longer hold {id}"));
    }

    [Fact]
    public async Task Tools_PoolThatIsNotThere_SayThatTheWorkIsSafe()
    {
        var id = await AddTaskAsync();
        await using var agent = await StartAgentAsync();
        await agent.CallAsync("fetch_work", new { wait_seconds = 20 });

        await Pool.DisposeAsync();
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
