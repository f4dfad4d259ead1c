using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Run;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>A real server with a repo, a registered worker, and what that worker's runner did.</summary>
internal sealed class RunStage : IAsyncDisposable
{
    private readonly ConcurrentQueue<RunStep> _steps = [];
    private readonly HttpClient _admin;

    private RunStage(RunServer server)
    {
        Server = server;
        _admin = new HttpClient { BaseAddress = server.Address };
        _admin.DefaultRequestHeaders.Add("X-Admin-Token", ServerProcess.AdminToken);
        Admin = PoolClient.Connect(server.Address, new PoolClientOptions { AdminToken = ServerProcess.AdminToken });
    }

    public RunServer Server { get; }

    public TemporaryFolder Folder { get; } = new();

    public string Repo { get; } = $"acme/{Guid.NewGuid():N}";

    public PoolClient Admin { get; }

    public PoolClient Worker { get; private set; } = null!;

    public string Token { get; private set; } = "";

    public string WorkerId { get; private set; } = "";

    public IReadOnlyList<RunStep> Steps => [.. _steps];

    /// <summary>Further variables of the worker's process.</summary>
    public Dictionary<string, string> More { get; } = [];

    /// <summary>What a test changes of how commands run.</summary>
    public static CommandSettings HowOf() => new() { Command = "", Folder = "", Mask = new SecretMask([]) };

    /// <summary>Where the commands leave what a test looks at.</summary>
    public string Marks => Folder.File("marks");

    public static async Task<RunStage> OnAsync(RunServer server)
    {
        var stage = new RunStage(server);
        Directory.CreateDirectory(stage.Marks);
        await stage.Admin.PutRepoAsync(new RepoRequest(stage.Repo) { MaxOpenPrs = 50, AreaLocksEnabled = false, PrRepos = ["acme/shop"] });
        var registered = await stage.Admin.RegisterAsync(
            new RegisterRequest("runner") { CapacityPoints = 100, MaxConcurrentTasks = 20 });
        (stage.Token, stage.WorkerId) = (registered.Token, registered.WorkerId);
        // A new worker may have only a few reviews that nobody has confirmed.
        await stage.Admin.SetTrustAsync(registered.WorkerId, "trusted");
        stage.Worker = PoolClient.Connect(server.Address, new PoolClientOptions { WorkerToken = registered.Token });
        return stage;
    }

    /// <summary>From here on the worker reaches the pool by another address.</summary>
    public void GoThrough(Uri address)
    {
        Worker.Dispose();
        Worker = PoolClient.Connect(address, new PoolClientOptions { WorkerToken = Token, Timeout = TimeSpan.FromSeconds(10) });
    }

    public async Task<string> AddTaskAsync(string title = "Mend the roof") =>
        (await Admin.AddTaskAsync(new TaskRequest(Repo, title) { Description = $"About: {title}" })).TaskId;

    /// <summary>A runner of a command whose variable MARKS names <see cref="Marks"/>.</summary>
    public WorkerRunner Runner(
        RunJournal journal, string command, RunnerSettings? settings = null, IWorkspaces? workspaces = null, CommandSettings? how = null,
        params IReadOnlyList<string> passOn)
    {
        var work = Work(journal, command, workspaces, how, ["MARKS", .. passOn]);
        settings ??= new RunnerSettings { Once = true, PollEvery = TimeSpan.FromSeconds(10) };
        return new WorkerRunner(Worker, settings with { Repos = [Repo] }, work, Take, TimeProvider.System);
    }

    public CommandWork Work(
        RunJournal journal, string command, IWorkspaces? workspaces, CommandSettings? how, IReadOnlyList<string> passOn)
    {
        var own = new Dictionary<string, string>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
            ["HOME"] = Folder.FullPath,
            ["MARKS"] = Marks,
            ["OWP_TOKEN"] = Token,
            ["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken,
            ["GITHUB_TOKEN"] = "ghp_of-the-test-machine",
            ["NPM_TOKEN"] = "npm_passed-on-for-once",
        };
        foreach (var (name, value) in More) own[name] = value;
        var environment = new ChildEnvironment(own, passOn);
        how = (how ?? HowOf()) with
        {
            Command = command, Folder = Path.Combine(journal.Folder, "tasks"), Grace = TimeSpan.FromMilliseconds(300),
            Mask = new SecretMask([.. environment.Secrets, Token]),
        };
        return new CommandWork(how, environment, workspaces ?? new Folders(null, Folder.File("scratch")),
            journal, note => Take(new RunStep(default, Cli.Run.Steps.Warning) { Note = note }), TimeProvider.System);
    }

    public RunJournal Journal() => RunJournal.Open(Folder.File("run"));

    /// <summary>One task, as its maintainer sees it.</summary>
    public async Task<JsonNode> TaskAsync(string taskId) => (await _admin.GetFromJsonAsync<JsonNode>($"/v1/tasks/{taskId}"))!;

    /// <summary>The worker, as its maintainer sees it.</summary>
    public async Task<JsonNode> WorkerAsync() => (await _admin.GetFromJsonAsync<JsonNode>($"/v1/workers/{WorkerId}"))!;

    public async Task<string> PhaseAsync(string taskId) => (string)(await TaskAsync(taskId))["status"]!;

    /// <summary>The task's log, all of it, without what the worker says itself.</summary>
    public async Task<IReadOnlyList<string>> LogAsync(string taskId) =>
        [.. (await LinesAsync(taskId)).Where(line => line.Stage != "owp").Select(line => line.Message)];

    /// <summary>The task's log, all of it.</summary>
    public async Task<IReadOnlyList<LogLine>> LinesAsync(string taskId)
    {
        var lines = new List<LogLine>();
        for (LogPage page = await Admin.GetLogsAsync(taskId, 0, 200); ; page = await Admin.GetLogsAsync(taskId, page.Next, 200))
        {
            lines.AddRange(page.Items);
            if (page.NextCursor is null) return lines;
        }
    }

    public async Task ActAsync(string path, object body)
    {
        using var answer = await _admin.PostAsJsonAsync(path, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Notes a step.</summary>
    public void Take(RunStep step) => _steps.Enqueue(step);

    public async Task UntilAsync(string step, int count = 1)
    {
        try
        {
            await Eventually.TrueAsync(() => _steps.Count(taken => taken.Step == step) >= count);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"Not {count} x {step}, but: {Told()}", late);
        }
    }

    private string Told() => string.Join("; ", _steps.Select(step => $"{step.Step} {step.Note}"));

    /// <summary>What a command has written, once it has.</summary>
    public async Task<string> MarkAsync(string name)
    {
        var path = Path.Combine(Marks, name);
        await Eventually.TrueAsync(() => File.Exists(path) && new FileInfo(path).Length > 0, $"the command has written {name}");
        return (await File.ReadAllTextAsync(path)).Trim();
    }

    public void Mark(string name) => File.WriteAllText(Path.Combine(Marks, name), "");

    public ValueTask DisposeAsync()
    {
        Worker.Dispose();
        Admin.Dispose();
        _admin.Dispose();
        Folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A server that several stages share.</summary>
public sealed class RunServer : IAsyncLifetime
{
    private static readonly (string, string) _development = ("ASPNETCORE_ENVIRONMENT", "Development");
    private readonly TemporaryFolder _folder = new();
    private readonly int _port = TestPorts.Take();

    internal TestPool Pool { get; private set; } = null!;

    public Uri Address => Pool.Address;

    /// <summary>One with settings of its own.</summary>
    public static async Task<RunServer> StartAsync(params (string, string)[] settings)
    {
        var server = new RunServer();
        server.Pool = await TestPool.StartAsync(server.Database, [_development, .. settings]);
        return server;
    }

    /// <summary>One with settings of its own, which can be killed.</summary>
    public static async Task<RunServer> StartProcessAsync(params (string, string)[] settings)
    {
        var server = new RunServer();
        server.Pool = await TestPool.StartProcessAsync(server.Database, server._port, [_development, .. settings]);
        return server;
    }

    public async Task InitializeAsync() => Pool = await TestPool.StartAsync(Database, _development);

    /// <summary>Starts a killed one again where it was.</summary>
    public async Task StartAgainAsync()
    {
        await Pool.DisposeAsync();
        Pool = await TestPool.StartProcessAsync(Database, _port, _development);
    }

    public async Task DisposeAsync()
    {
        await Pool.DisposeAsync();
        _folder.Dispose();
    }

    private string Database => _folder.File("pool.db");
}
