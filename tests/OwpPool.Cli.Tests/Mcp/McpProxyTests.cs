using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary><c>owp mcp</c> behind a proxy that cuts, delays and repeats what it says, and with secrets around.</summary>
public sealed class McpProxyTests : McpTestBase
{
    [Theory]
    [InlineData(ProxyFault.CutsAnswer)]
    [InlineData(ProxyFault.TimesOut)]
    [InlineData(ProxyFault.RepeatsAtOnce)]
    public async Task EveryTool_ThroughAFaultyProxy_HasItsEffectOnce(ProxyFault fault)
    {
        await using var proxy = FaultyProxy.To(Pool.Address);
        Variables["OWP_URL"] = proxy.Address.AbsoluteUri;

        var expected = await LiveAsync(1);
        proxy.Fault = fault;

        Assert.Equal(expected, await LiveAsync(2));
        Assert.Contains("POST /v1/claims", proxy.Met);
    }

    [Fact]
    public async Task Reports_ThatHoldSecrets_ReachThePoolWithoutThem()
    {
        Variables["DEPLOY_TOKEN"] = "tea-party-1773\nsecond-line-of-it";
        var id = await AddTaskAsync();
        await using var agent = await StartAgentAsync();
        await agent.CallAsync("fetch_work", new { wait_seconds = 20 });

        await agent.CallAsync("start_task", new { task_id = id, message = $"with {Worker.Token}" });
        await agent.CallAsync("report_progress", new { task_id = id, message = "used tea-party-1773", log = "a\nkey: second-line-of-it\nb" });
        await agent.CallAsync("block_task", new { task_id = id, reason = "tea-party-1773 is refused" });

        var changes = new List<string>();
        await foreach (var change in Pool.Admin.ListAuditAsync(new() { Target = id })) changes.Add(change.Details.GetRawText());
        var seen = string.Join('\n', changes) + (await Pool.Admin.GetTaskAsync(id)).Message;
        Assert.DoesNotContain("tea-party", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Worker.Token, seen, StringComparison.Ordinal);
        Assert.Contains("*** is refused", seen, StringComparison.Ordinal);
        Assert.Equal("a\nkey: ***\nb", Assert.Single((await Pool.Admin.GetLogsAsync(id)).Items).Message);
    }

    /// <summary>What the pool noted of two tasks that an agent worked on.</summary>
    private async Task<string> LiveAsync(int round)
    {
        var given = await AddTaskAsync($"Given back {round}");
        await using var agent = await StartAgentAsync();
        await agent.CallAsync("fetch_work", new { wait_seconds = 20 });
        await agent.CallAsync("start_task", new { task_id = given });
        await agent.CallAsync("release_task", new { task_id = given, reason = "Not today.", retry_after_seconds = 3600 });
        var done = await AddTaskAsync($"Done {round}");
        await agent.CallAsync("fetch_work", new { wait_seconds = 20 });
        await agent.CallAsync("start_task", new { task_id = done, message = "I begin." });
        await agent.CallAsync("report_progress", new { task_id = done, message = "Half.", log = "tested" });
        await agent.CallAsync("block_task", new { task_id = done, reason = "A question." });
        await agent.CallAsync("start_task", new { task_id = done });
        await agent.CallAsync("report_pr", new { task_id = done, pr_url = $"https://github.com/acme/shop/pull/{round}" });

        var history = new List<string>();
        foreach (var task in new[] { given, done })
        {
            await foreach (var change in Pool.Admin.ListAuditAsync(new() { Target = task, Ascending = true })) history.Add(change.EventType);
            history.AddRange((await Pool.Admin.GetLogsAsync(task)).Items.Select(line => line.Message));
        }
        return string.Join('\n', history);
    }
}
