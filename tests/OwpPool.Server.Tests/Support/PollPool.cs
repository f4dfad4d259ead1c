using Orleans;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Hosting;
using OwpPool.Server.Workers;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Support;

/// <summary>A server of its own whose long polls run on a clock that stands still: only a wake-up can end one.</summary>
public sealed class PollPool : IAsyncDisposable
{
    private readonly OwnServer _server;
    private readonly WorkPoll _poll;
    private readonly CancellationTokenSource _leaving = new();

    private PollPool(OwnServer server)
    {
        _server = server;
        _poll = new WorkPoll(server.Get<IGrainFactory>(), server.Get<WorkWaiters>(), server.Get<Drain>(), new ManualTimeProvider());
    }

    /// <summary>Claims that have reached a repo.</summary>
    public long Claims => _server.Get<GrainInstruments>().Claims;

    /// <summary>Long polls that stand in line.</summary>
    public int Waiting => _server.Get<WorkWaiters>().Count;

    public SupplyBoard Board => _server.Get<SupplyBoard>();

    public IGrainFactory Grains => _server.Get<IGrainFactory>();

    public static async Task<PollPool> StartAsync(params (string, string)[] settings) =>
        new(await OwnServer.StartAsync([("ASPNETCORE_ENVIRONMENT", "Development"), .. settings]));

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _server.DisposeAsync();
        _leaving.Dispose();
    }

    /// <summary>A new worker; its token hash is its id.</summary>
    public async Task<PollWorker> RegisterAsync(string[]? skills = null, int capacity = 5, int slots = 1)
    {
        var id = NewId(Ids.Worker);
        var profile = new WorkerProfile { Name = id, Skills = skills ?? [], CapacityPoints = capacity, MaxConcurrentTasks = slots };
        Assert.Null(await Grains.GetWorker(id).RegisterAsync(new RegisterWorker(profile, id)));
        return new PollWorker(this, id);
    }

    public async Task<string> AddRepoAsync(Func<UpsertRepo, UpsertRepo>? with = null)
    {
        var command = new UpsertRepo { Name = $"acme/{Path.GetRandomFileName()}", MaxOpenPrs = 100, Actor = Actors.Admin };
        command = with?.Invoke(command) ?? command;
        Assert.Null((await Grains.GetRepo(command.Name).UpsertAsync(command)).Refusal);
        return command.Name;
    }

    public async Task PatchRepoAsync(string repo, Func<UpsertRepo, UpsertRepo> with) =>
        Assert.Null((await Grains.GetRepo(repo).UpsertAsync(with(new UpsertRepo { Name = repo, Actor = Actors.Admin }))).Refusal);

    public async Task<string> AddTaskAsync(string repo, Func<TaskSpec, TaskSpec>? with = null)
    {
        var spec = new TaskSpec { Title = "Mend the roof" };
        var reply = await Grains.GetRepo(repo).CreateTaskAsync(new CreateTask(NewId(Ids.Task), with?.Invoke(spec) ?? spec, Actors.Admin));
        Assert.Null(reply.Refusal);
        return reply.Value!.TaskId;
    }

    public async Task OverrideAsync(string repo, string taskId, TaskOverride act) =>
        Assert.Null((await Grains.GetRepo(repo).OverrideAsync(new OverrideTask(taskId, act, Actors.Admin, "test"))).Refusal);

    /// <summary>Returns when so many long polls stand in line.</summary>
    public Task WaitsAsync(int polls) => Eventually.TrueAsync(() => Waiting == polls, $"{polls} long polls wait");

    internal Task<Reply<WorkReply>> AskAsync(string workerId, int max) =>
        _poll.AskAsync(workerId, new ClaimWork(workerId, max, [], []), TimeSpan.FromSeconds(60), _leaving.Token);

    private string NewId(string prefix) => _server.Get<IIdSource>().NewId(prefix);
}

/// <summary>A worker of a <see cref="PollPool"/>.</summary>
public sealed record PollWorker(PollPool Pool, string Id)
{
    public IWorkerGrain Grain => Pool.Grains.GetWorker(Id);

    /// <summary>Asks for work and waits for it; what comes back are the leases that are not begun.</summary>
    public async Task<IReadOnlyList<LeaseView>> PollAsync(int max = 1)
    {
        var reply = await Pool.AskAsync(Id, max);
        return [.. reply.Value!.Leases.Where(lease => lease.Phase is TaskPhase.Leased)];
    }

    public async Task<LeaseView> TakeAsync() => Assert.Single(await PollAsync());

    public async Task ReportAsync(string taskId, params TaskPhase[] phases)
    {
        foreach (var phase in phases)
            Assert.Null((await Grain.ReportAsync(new ReportTask(Id, taskId, phase, null, new Artifact(), null, null))).Refusal);
    }

    public async Task GiveBackAsync(string taskId, AttemptOutcome outcome) =>
        Assert.Null((await Grain.GiveBackAsync(new GiveBackTask(Id, taskId, outcome, null, TimeSpan.Zero, null, null))).Refusal);

    public async Task HeartbeatAsync(WorkerStatus status) =>
        Assert.Null((await Grain.HeartbeatAsync(new Heartbeat(Id, status, null))).Refusal);
}
