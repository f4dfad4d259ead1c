using OwpPool.Cli.Demo;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;
using Spectre.Console;

namespace OwpPool.Cli.Tests.Demo;

/// <summary>The demo against a real server, at many times its usual speed.</summary>
public sealed class DemoRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly int _count = File.ReadLines(TestedFiles.DemoTasks).Count(line => line.StartsWith("- title: ", StringComparison.Ordinal));

    private string Database => _folder.File("pool.db");

    private string WorkersPath => _folder.File("workers.json");

    [Fact]
    public async Task Run_FreshPool_MergesEveryTaskOnceAndSumsUp()
    {
        await using var server = await TestPool.StartAsync(Database);

        var code = await RunAsync(server);

        Assert.True(code == ExitCodes.Done, _output.ToString());
        var state = await server.Admin.GetStateAsync();
        Assert.Equal((_count, 0, 0), (state.TasksMerged, state.TasksReady, state.TasksPrOpened));
        var usage = Assert.Single(state.Repositories);
        Assert.Equal(("demo/shop", 0), (usage.Repo, usage.Reserved));
        Assert.Equal(_count, Lines().Count(line => line.Contains("  merged  ", StringComparison.Ordinal)));
        Assert.Contains($"All {_count} tasks are merged.", _output.ToString(), StringComparison.Ordinal);
        Assert.All(DemoProfile.Crew,
            worker => Assert.Contains(Lines(), line => line.StartsWith($"│ {worker.Name}", StringComparison.Ordinal)));
        Assert.Contains(Lines(), line => line.StartsWith("│ all", StringComparison.Ordinal)
            && line.Contains($"{_count} │", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_Again_FindsAllMergedAndAddsNothing()
    {
        await using var server = await TestPool.StartAsync(Database);
        Assert.Equal(ExitCodes.Done, await RunAsync(server));
        var before = await server.Admin.GetStateAsync();

        Assert.Equal(ExitCodes.Done, await RunAsync(server));

        Assert.Contains($"All {_count} tasks were merged already", _output.ToString(), StringComparison.Ordinal);
        var after = await server.Admin.GetStateAsync();
        Assert.Equal(before.TasksMerged, after.TasksMerged);
        Assert.Equal(before.WorkersOnline, after.WorkersOnline);
    }

    [Fact]
    public async Task Run_CutOffWithItsServerKilled_GoesOnAsTheSameWorkersWhereItWas()
    {
        await using (var first = await TestPool.StartProcessAsync(Database, TestPorts.Take()))
        {
            using var cutOff = new CancellationTokenSource();
            // Slow enough that the cut comes in the middle.
            var running = RunAsync(first, settings => settings with { Speed = 3 }, ct: cutOff.Token);
            await Eventually.TrueAsync(async () => (await first.Admin.GetStateAsync()).TasksMerged >= 3, "three tasks are merged");
            await first.KillAsync();
            await cutOff.CancelAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => running);
        }
        var tokens = await File.ReadAllTextAsync(WorkersPath);
        _output.GetStringBuilder().Clear();

        await using var second = await TestPool.StartAsync(Database);
        var code = await RunAsync(second);

        Assert.True(code == ExitCodes.Done, _output.ToString());
        Assert.Contains($"0 of {_count} tasks added, {_count} were there already", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(_count, (await second.Admin.GetStateAsync()).TasksMerged);
        Assert.Equal(tokens, await File.ReadAllTextAsync(WorkersPath));
        Assert.Matches(@"\d+ more were merged before", _output.ToString());
    }

    [Fact]
    public async Task Run_SomebodyElseSitsOnATask_FailsAndSaysWhatIsLeft()
    {
        await using var server = await TestPool.StartAsync(Database);
        var path = _folder.Write("one.yaml", "- {title: Only one, required_skills: [sql]}");
        await DemoBacklog.ImportAsync(server.Admin, "demo/shop", path, CancellationToken.None);
        var registered = await server.Admin.RegisterAsync(new RegisterRequest("sitter") { Skills = ["sql"] });
        using var sitter = server.Admin.AsWorker(registered.Token);
        Assert.Single((await sitter.GetWorkAsync(waitSeconds: 10)).Leases);

        var code = await RunAsync(server, settings => settings with { TasksPath = path, StallLimit = TimeSpan.FromMilliseconds(700) });

        Assert.Equal(ExitCodes.Error, code);
        Assert.Contains("with 1 of 1 tasks not known to be merged", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("0 ready, 1 leased, 0 in progress", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DeadlineTooShort_FailsAndSaysSo()
    {
        await using var server = await TestPool.StartAsync(Database);

        var code = await RunAsync(server, settings => settings with { Speed = 0.1, Deadline = TimeSpan.FromMilliseconds(300) });

        Assert.Equal(ExitCodes.Error, code);
        Assert.Contains($"with {_count} of {_count} tasks not known to be merged", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TaskOfAnotherRepo_IsLeftUntouched()
    {
        await using var server = await TestPool.StartAsync(Database);
        await server.Admin.PutRepoAsync(new RepoRequest("real/product"));
        await server.Admin.AddTaskAsync(new TaskRequest("real/product", "Real work") { Priority = 1000, ExternalId = "real-1" });

        var code = await RunAsync(server);

        Assert.True(code == ExitCodes.Done, _output.ToString());
        var state = await server.Admin.GetStateAsync();
        Assert.Equal((1, _count), (state.TasksReady, state.TasksMerged));
        Assert.DoesNotContain("Real work", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WrongAdminToken_IsRefusedBeforeAnyWork()
    {
        await using var server = await TestPool.StartAsync(Database);
        using var stranger = PoolClient.Connect(server.Address, new PoolClientOptions { AdminToken = "not-the-token-of-this-server" });

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => RunAsync(server, admin: stranger));

        Assert.Equal("unauthorized", problem.Code);
        Assert.False(File.Exists(WorkersPath));
    }

    [Fact]
    public async Task Run_TokensOfAnotherPool_RegistersAnew()
    {
        var lost = DemoProfile.Crew.Select(worker => new KnownWorker(worker.Name, "w_gone", "owpw_gone", 30));
        WorkersFile.Write(WorkersPath, lost);
        await using var server = await TestPool.StartAsync(Database);

        Assert.Equal(ExitCodes.Done, await RunAsync(server));

        Assert.All(WorkersFile.Read(WorkersPath).Values, worker => Assert.NotEqual("w_gone", worker.WorkerId));
    }

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    private string[] Lines() => _output.ToString().Split('\n');

    private async Task<int> RunAsync(
        TestPool server, Func<DemoSettings, DemoSettings>? change = null, PoolClient? admin = null, CancellationToken ct = default)
    {
        var settings = new DemoSettings
        {
            TasksPath = TestedFiles.DemoTasks,
            Repo = "demo/shop",
            WorkersPath = WorkersPath,
            Speed = 50,
            Deadline = TimeSpan.FromMinutes(2),
            StallLimit = TimeSpan.FromMinutes(1),
        };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_output),
        });
        console.Profile.Width = 200;
        return await new DemoRun(change?.Invoke(settings) ?? settings, admin ?? server.Admin, console, TimeProvider.System).RunAsync(ct);
    }
}
