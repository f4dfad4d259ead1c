using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary>What the process does beside the agent's calls.</summary>
public sealed class McpHeartbeatTests : McpTestBase
{
    /// <summary>Long enough that a machine that is busy for seconds loses none, short enough to be waited for.</summary>
    private protected override (string Name, string Value)[] Settings =>
        [("ASPNETCORE_ENVIRONMENT", "Development"), ("OwpPool__Lease__TtlSeconds", "10")];

    [Fact]
    public async Task Lease_WhileTheAgentThinks_IsRenewed()
    {
        var id = await AddTaskAsync();
        await using var agent = await StartAgentAsync();
        var fetched = await agent.CallAsync("fetch_work", new { wait_seconds = 20 });
        var end = fetched["leases"][0].GetProperty("lease_expires_at").GetDateTimeOffset();
        await agent.CallAsync("start_task", new { task_id = id });

        // Nobody calls anything meanwhile.
        await Eventually.TrueAsync(async () =>
            (await Pool.Admin.GetTaskAsync(id)).Lease is { } lease && lease.LeaseExpiresAt > end, "it is renewed");

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
}
