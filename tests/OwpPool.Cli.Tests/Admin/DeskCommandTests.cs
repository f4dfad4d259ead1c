using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Admin;

/// <summary>What waits for a maintainer, as they see it.</summary>
public sealed class DeskCommandTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly OwpShell _owp = new();
    private TestPool _pool = null!;

    public async Task InitializeAsync()
    {
        _pool = await TestPool.StartAsync(_folder.File("pool.db"));
        _owp.At(_pool);
        await _pool.Admin.PutRepoAsync(new RepoRequest("acme/shop") { MaxOpenPrs = 10 });
    }

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        _owp.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Desk_OfAnEmptyPool_SaysSo()
    {
        var desk = await _owp.RunAsync("desk");
        Assert.Equal((ExitCodes.Done, "", "Nothing waits for you.\n"), (desk.ExitCode, desk.Output, desk.Error));
        await _pool.Admin.PauseAsync("release week");
        Assert.Contains("the pool is paused and hands out nothing: release week", (await _owp.RunAsync("desk")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Desk_AfterAWorkerWhoseCommandAlwaysFails_ShowsTheWorker()
    {
        for (var i = 1; i <= 6; i++) await _pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", $"F{i}"));
        await _owp.RunAsync("worker register --name ada --profile ada");
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        var run = _owp.RunAsync("worker run --profile ada --repo acme/shop --exec false", output, stop.Token);

        await Eventually.TrueAsync(async () => (await _pool.Admin.GetDeskAsync()).Workers.Items is [{ PausedBy: "worker" }], "the worker is on the desk");

        var lines = (await _owp.RunAsync("desk")).Cells();
        var worker = Assert.Single(lines, cells => cells[0] == "workers");
        Assert.Equal(("ada", "paused", "3 in a row", "itself"), (worker[2], worker[3], worker[4], worker[5]));
        Assert.Contains("3 failures in a row", worker[8], StringComparison.Ordinal);
        await stop.CancelAsync();
        await run;
        // Gone, it is still to be seen, with what it said; what it failed is found by its attempts, and nothing is dead.
        var desk = await _pool.Admin.GetDeskAsync();
        Assert.Equal("offline", Assert.Single(desk.Workers.Items).Status);
        Assert.Equal(0, desk.DeadLetters.Total);
        var tasks = new List<TaskSummary>();
        await foreach (var task in _pool.Admin.ListTasksAsync(new TaskQuery { MinAttempts = 1 })) tasks.Add(task);
        Assert.Equal(3, tasks.Sum(task => task.AttemptCount));
    }

    [Fact]
    public async Task Desk_Lists_AreTablesForPeopleAndLinesForPrograms()
    {
        using var worker = await WorkerAsync("ada");
        var ids = new List<string>();
        for (var i = 1; i <= 3; i++) ids.Add(await ReviewAsync(worker, i));

        var lines = (await _owp.RunAsync("desk --limit 2")).Cells();
        var json = (await _owp.RunAsync("desk --json reviews,paused")).Json();
        _owp.IsTerminal = true;
        _owp.Variables["NO_COLOR"] = "1";
        var table = await _owp.RunAsync("desk --limit 2");

        Assert.Equal(2, lines.Length);
        Assert.Equal(("reviews", ids[0], "https://github.com/acme/shop/pull/1", "ada", "basic", "Task 1"),
            (lines[0][0], lines[0][1], lines[0][3], lines[0][4], lines[0][5], lines[0][6]));
        Assert.Equal(["reviews", "paused"], json.AsObject().Select(member => member.Key));
        Assert.Equal(3, (int)json["reviews"]!["total"]!);
        Assert.StartsWith("Reviews: 3 under review", table.Output, StringComparison.Ordinal);
        Assert.Contains("1 more: owp task list --status pr_opened --sort status_since", table.Output, StringComparison.Ordinal);
        Assert.All(table.Output.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 80, line));
        // What it advises lists them in the same order.
        _owp.IsTerminal = false;
        var all = (await _owp.RunAsync("task list --status pr_opened --sort status_since --merge-reported false")).Cells();
        Assert.Equal(ids, all.Select(cells => cells[0]));
    }

    [Fact]
    public async Task WorkerList_ByFailures_HasTheSickFirst()
    {
        await _owp.RunAsync("worker register --name eve --profile eve");
        using var ada = await WorkerAsync("ada");
        await _owp.RunAsync("worker register --name bob --profile bob");
        await _pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "F"));
        var lease = Assert.Single((await ada.ClaimAsync(new ClaimRequest())).Leases);
        await ada.ReportAsync(lease.TaskId, new ReportRequest(ReportedStatus.Failed) { Message = "no compiler" });

        // Outcomes are learnt from the event log, a moment later.
        await Eventually.TrueAsync(async () =>
            (await _owp.RunAsync("admin worker list --sort failures --json name,failures_in_a_row")).Json()[0]!.ToJsonString()
                == """{"name":"ada","failures_in_a_row":1}""", "ada is first");
        Assert.Equal(["bob", "ada", "eve"], (await _owp.RunAsync("admin worker list")).Cells().Select(cells => cells[1]));
    }

    private async Task<PoolClient> WorkerAsync(string name)
    {
        using var pool = PoolClient.Connect(_pool.Address, new PoolClientOptions());
        var registered = await pool.RegisterAsync(new RegisterRequest(name) { CapacityPoints = 100, MaxConcurrentTasks = 20 });
        return PoolClient.Connect(_pool.Address, new PoolClientOptions { WorkerToken = registered.Token });
    }

    private async Task<string> ReviewAsync(PoolClient worker, int number)
    {
        var task = (await _pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", $"Task {number}"))).TaskId;
        await worker.ClaimAsync(new ClaimRequest());
        await worker.ReportAsync(task, new ReportRequest(ReportedStatus.PrOpened)
        {
            Artifact = new Artifact { PrUrl = new Uri($"https://github.com/acme/shop/pull/{number}") },
        });
        return task;
    }
}
