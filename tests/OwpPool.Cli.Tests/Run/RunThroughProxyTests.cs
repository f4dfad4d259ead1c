using OwpPool.Cli.Run;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Run;

/// <summary><c>owp worker run</c> behind a proxy that cuts, delays and repeats what it says: the task's history is the same as without.
/// </summary>
public sealed class RunThroughProxyTests(RunServer server) : IClassFixture<RunServer>
{
    private const string Deliver = """
        echo one; echo two
        echo "https://github.com/acme/shop/pull/$(printf %s "$OWP_TASK_ID" | cksum | cut -d' ' -f1)"
        """;

    private const string BlockOnce = """
        echo try; [ -e "$MARKS/tried" ] || { echo x >"$MARKS/tried"; exit 10; }
        exit 75
        """;

    [Theory]
    [InlineData(ProxyFault.CutsRequest)]
    [InlineData(ProxyFault.CutsAnswer)]
    [InlineData(ProxyFault.TimesOut)]
    [InlineData(ProxyFault.Repeats)]
    [InlineData(ProxyFault.RepeatsAtOnce)]
    public async Task Run_ThroughAFaultyProxy_DoesEachThingOnceAndLosesNothing(ProxyFault fault)
    {
        Assert.Equal(await LiveAsync(ProxyFault.None, Deliver), await LiveAsync(fault, Deliver));
        Assert.Equal(await LiveAsync(ProxyFault.None, BlockOnce), await LiveAsync(fault, BlockOnce));
        Assert.Equal(await LiveAsync(ProxyFault.None, "exit 3"), await LiveAsync(fault, "exit 3"));
    }

    /// <summary>What the worker, the audit log and the task's log tell.</summary>
    private async Task<string> LiveAsync(ProxyFault fault, string command)
    {
        await using var stage = await RunStage.OnAsync(server);
        await using var proxy = FaultyProxy.To(server.Address);
        proxy.Fault = fault;
        stage.GoThrough(proxy.Address);
        var task = await stage.AddTaskAsync();
        using var journal = stage.Journal();
        using var runner = stage.Runner(journal, command, new RunnerSettings
        {
            Allowance = new TaskAllowance(1), PollEvery = TimeSpan.FromSeconds(20), RetryBlocked = TimeSpan.FromMilliseconds(1),
        });

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        if (fault is not ProxyFault.None) Assert.Contains($"POST /v1/tasks/{task}/status", proxy.Met);
        var history = new List<string> { summary.ToString() };
        await foreach (var change in stage.Admin.ListAuditAsync(new() { Target = task, Ascending = true })) history.Add(change.EventType);
        history.AddRange((await stage.LinesAsync(task)).Select(line => line.Message.Split('/')[0]));
        return string.Join('\n', history);
    }
}
