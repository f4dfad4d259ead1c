using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Hosting;
using OwpPool.Storage;

namespace OwpPool.Grains.Tests;

/// <summary>A test cluster of one silo that is put together as the server's, on a real SQLite file. Restarting keeps the file.</summary>
public sealed class PoolHost : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Action<IServiceCollection>? _configure;
    private InProcessTestCluster? _cluster;
    private SqliteStorage? _storage;

    private PoolHost(string folder, TimeProvider? clock, Action<IServiceCollection>? configure) =>
        (_folder, Clock, _configure) = (folder, clock ?? TimeProvider.System, configure);

    public TimeProvider Clock { get; }

    public SqliteStorage Storage => _storage!;

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => _cluster!.GetSiloServiceProvider();

    /// <param name="clock">The pool's clock; null for the system's. Orleans keeps to the system's.</param>
    /// <param name="configure">A last word on the services.</param>
    public static async Task<PoolHost> StartAsync(TimeProvider? clock = null, Action<IServiceCollection>? configure = null)
    {
        var host = new PoolHost(Path.Combine(Path.GetTempPath(), "owp-grains-" + Path.GetRandomFileName()), clock, configure);
        await host.OpenAsync();
        return host;
    }

    public async Task RestartAsync(Action? whileDown = null)
    {
        await CloseAsync();
        whileDown?.Invoke();
        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A worker that is registered; its token hash is its id.</summary>
    public async Task<TestWorker> RegisterAsync(string[]? skills = null, int capacity = 5, int slots = 2)
    {
        var id = NewId(Ids.Worker);
        var profile = new WorkerProfile { Name = id, Skills = skills ?? [], CapacityPoints = capacity, MaxConcurrentTasks = slots };
        Assert.Null(await Grains.GetWorker(id).RegisterAsync(new RegisterWorker(profile, id)));
        return new TestWorker(this, id);
    }

    public async Task<string> AddRepoAsync(Func<UpsertRepo, UpsertRepo>? with = null, string? name = null)
    {
        var command = new UpsertRepo { Name = name ?? "Acme/" + NewId("r"), Actor = Actors.Admin };
        var reply = await Grains.GetRepo(command.Name).UpsertAsync(with?.Invoke(command) ?? command);
        Assert.Null(reply.Refusal);
        return command.Name;
    }

    public async Task<string> AddTaskAsync(string repo, Func<TaskSpec, TaskSpec>? with = null)
    {
        var spec = new TaskSpec { Title = "Mend the roof" };
        var reply = await Grains.GetRepo(repo).CreateTaskAsync(new CreateTask(NewId(Ids.Task), with?.Invoke(spec) ?? spec, Actors.Admin));
        Assert.Null(reply.Refusal);
        return reply.Value!.TaskId;
    }

    public async Task<TaskState> TaskAsync(string taskId) => (await Grains.GetTask(taskId).GetAsync())!;

    /// <summary>How many workers have a reminder.</summary>
    public async Task<int> LivenessRemindersAsync() =>
        (await Sql.QueryAsync(Storage, "SELECT 1 FROM OrleansRemindersTable WHERE ReminderName = 'liveness'")).Count;

    public Task ExecuteSqlAsync(string sql) => Sql.ExecuteAsync(Storage, sql);

    private string NewId(string prefix) => Services.GetRequiredService<IIdSource>().NewId(prefix);

    private async Task OpenAsync()
    {
        System.IO.Directory.CreateDirectory(_folder);
        _storage = SqliteStorage.Open(new SqliteStorageOptions { Path = Path.Combine(_folder, "pool.db") });
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 1);
        // The service's id is part of every row's key: a restart must find its rows.
        (builder.Options.ServiceId, builder.Options.ClusterId) = ("owp-pool", "owp-pool");
        // Like the server, a test calls from within the silo.
        builder.Options.InitializeClientOnDeploy = false;
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSiloHost((_, host) => Compose(host, _storage));
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        // Repos and workers: how long a worker may be silent counts from when it wakes, on a clock that the test moves.
        var startup = Services.GetRequiredService<PoolStartup>();
        await Eventually.TrueAsync(() => startup.ExecuteTask is { IsCompleted: true }, "repos and workers are awake");
    }

    /// <summary>All that the server puts together, but for HTTP. What the test cluster adds to it afterwards takes the place of the server's
    /// membership and ports.</summary>
    private void Compose(IHostApplicationBuilder host, SqliteStorage storage)
    {
        host.Logging.AddConsole().SetMinimumLevel(LogLevel.Error);
        host.Services.AddSingleton(Clock);
        host.Services.AddOptions<LeaseOptions>();
        host.Services.AddOptions<OfferOptions>();
        host.Services.AddOptions<WorkerOptions>();
        host.Services.AddOptions<ReviewOptions>();
        host.Services.AddSingleton(Forges.Known);
        host.Services.AddOptions<MatchingOptions>();
        // A stop that waits for what never comes must show.
        host.Services.PostConfigure<HostOptions>(static options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        host.AddPool(storage);
        _configure?.Invoke(host.Services);
    }

    private async Task CloseAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.StopAllSilosAsync();
            await _cluster.DisposeAsync();
        }
        if (_storage is not null) await _storage.DisposeAsync();
    }
}

/// <summary>One worker of a test.</summary>
public sealed class TestWorker(PoolHost host, string id)
{
    public string Id => id;

    private IWorkerGrain Grain => host.Grains.GetWorker(id);

    public Task<Reply<WorkReply>> TryClaimAsync(int max = 20, string[]? exclude = null, string[]? repos = null) =>
        Grain.ClaimAsync(new ClaimWork(id, max, repos ?? [], exclude ?? []));

    public async Task<IReadOnlyList<LeaseView>> ClaimAsync(int max = 20)
    {
        var reply = await TryClaimAsync(max);
        Assert.Null(reply.Refusal);
        return reply.Value!.Leases;
    }

    public async Task<IReadOnlyList<LeaseView>> AskForOffersAsync(int max = 20, string? requestKey = null)
    {
        var reply = await Grain.OfferAsync(new RequestOffers(id, max, requestKey));
        Assert.Null(reply.Refusal);
        return reply.Value!.Offers;
    }

    public Task<Reply<LeaseView>> AcceptAsync(string offerId) => Grain.AcceptOfferAsync(id, offerId);

    public Task<Refusal?> RejectAsync(string offerId) => Grain.RejectOfferAsync(id, offerId, OfferRejection.Other, null);

    public Task<Reply<TaskProgress>> ReportAsync(string taskId, TaskPhase status, string? leaseId = null, long? token = null,
        string? message = null, Artifact? artifact = null) =>
        Grain.ReportAsync(new ReportTask(id, taskId, status, message, artifact ?? new Artifact(), leaseId, token));

    public async Task<TaskProgress> MustReportAsync(string taskId, TaskPhase status, Artifact? artifact = null)
    {
        var reply = await ReportAsync(taskId, status, artifact: artifact);
        Assert.Null(reply.Refusal);
        return reply.Value!;
    }

    public Task<Reply<TaskProgress>> GiveBackAsync(string taskId, AttemptOutcome outcome, string? reason = null) =>
        Grain.GiveBackAsync(new GiveBackTask(id, taskId, outcome, reason, TimeSpan.Zero, null, null));

    public async Task<HeartbeatReply> HeartbeatAsync(WorkerStatus status = WorkerStatus.Idle)
    {
        var reply = await Grain.HeartbeatAsync(new Heartbeat(id, status, null));
        Assert.Null(reply.Refusal);
        return reply.Value!;
    }

    public Task<Reply<HeartbeatReply>> HeartbeatWithAsync(string tokenHash) =>
        Grain.HeartbeatAsync(new Heartbeat(tokenHash, WorkerStatus.Idle, null));
}

/// <summary>SQL straight at the database, as an operator would.</summary>
public static class Sql
{
    public static async Task ExecuteAsync(SqliteStorage storage, string sql)
    {
        await using var connection = await storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<List<object?[]>> QueryAsync(SqliteStorage storage, string sql)
    {
        await using var connection = await storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add([.. row.Select(value => value is DBNull ? null : value)]);
        }
        return rows;
    }
}
