using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Client;

/// <summary>Every call of the client that changes something, through a proxy that does its worst to each: the pool's audit log is the
/// same as without.</summary>
public sealed class ProxyTests : IAsyncLifetime
{
    private const string Repo = "acme/shop";

    /// <summary>What the pool notes by its own clock, and not because of a call.</summary>
    private static readonly string[] ByTheClock = ["worker.seen", "worker.offline", "worker.came_online", "worker.reputation_changed"];

    private static readonly FastClock Fast = new();
    private static readonly TimeSpan FastMinute = TimeSpan.FromMinutes(FastClock.Factor);

    private readonly TemporaryFolder _folder = new();
    private readonly List<IAsyncDisposable> _used = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var used in Enumerable.Reverse(_used)) await used.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ProxyFault.CutsRequest)]
    [InlineData(ProxyFault.CutsAnswer)]
    [InlineData(ProxyFault.AnswersNothing)]
    [InlineData(ProxyFault.TimesOut)]
    [InlineData(ProxyFault.IsBadGateway)]
    [InlineData(ProxyFault.Repeats)]
    [InlineData(ProxyFault.RepeatsAtOnce)]
    public async Task EveryChange_ThroughAFaultyProxy_HasItsEffectOnce(ProxyFault fault)
    {
        var (expected, _) = await LiveAsync(ProxyFault.None);

        var (noted, met) = await LiveAsync(fault);

        Assert.Equal(expected, noted);
        Assert.True(met > 50, $"only {met} requests met the fault");
    }

    [Fact]
    public async Task EveryChange_PassedOnAgainLongAfter_HasNoSecondEffect()
    {
        var pool = await PoolAsync();
        var proxy = ProxyTo(pool);

        // While the worker's token is good, and once more at the end.
        await LiveAsync(proxy, AgainAsync);
        await AgainAsync();

        async Task AgainAsync()
        {
            var before = await NotedAsync(pool);
            Assert.True(await proxy.PassAllAgainAsync() > 20);
            Assert.Equal(before, await NotedAsync(pool));
        }
    }

    private async Task<(IReadOnlyList<string> Noted, int Met)> LiveAsync(ProxyFault fault)
    {
        var pool = await PoolAsync();
        var proxy = ProxyTo(pool);
        proxy.Fault = fault;
        await LiveAsync(proxy);
        return (await NotedAsync(pool), proxy.Met.Count);
    }

    private async Task<TestPool> PoolAsync()
    {
        var pool = await TestPool.StartAsync(_folder.File($"{_used.Count}.db"));
        _used.Add(pool);
        return pool;
    }

    private FaultyProxy ProxyTo(TestPool pool)
    {
        var proxy = FaultyProxy.To(pool.Address);
        _used.Add(proxy);
        return proxy;
    }

    /// <summary>All that the pool did, and the lines of all logs, in an order that does not depend on the clock.</summary>
    private static async Task<IReadOnlyList<string>> NotedAsync(TestPool pool)
    {
        var noted = new List<string>();
        await foreach (var change in pool.Admin.ListAuditAsync())
            if (!ByTheClock.Contains(change.EventType)) noted.Add(change.EventType);
        await foreach (var task in pool.Admin.ListTasksAsync())
        {
            noted.Add($"{task.Title} {task.Status}");
            noted.AddRange((await pool.Admin.GetLogsAsync(task.TaskId)).Items.Select(line => $"{task.Title}: {line.Message}"));
        }
        return [.. noted.Order(StringComparer.Ordinal)];
    }

    private static async Task LiveAsync(FaultyProxy proxy, Func<Task>? beforeTheWorkerLeaves = null)
    {
        using var admin = PoolClient.Connect(proxy.Address,
            new PoolClientOptions { AdminToken = ServerProcess.AdminToken, TimeProvider = Fast, Timeout = FastMinute });
        await admin.PutRepoAsync(new RepoRequest(Repo) { MaxOpenPrs = 20, AreaLocksEnabled = false });
        await admin.EditRepoAsync(Repo, new RepoPatch { MaxOpenPrs = 50 });
        await admin.PauseRepoAsync(Repo);
        await admin.ResumeRepoAsync(Repo);
        var registered = await admin.RegisterAsync(new RegisterRequest("ada") { CapacityPoints = 100, MaxConcurrentTasks = 20 });
        await admin.SetTrustAsync(registered.WorkerId, "trusted");
        using var worker = PoolClient.Connect(proxy.Address,
            new PoolClientOptions { WorkerToken = registered.Token, TimeProvider = Fast, Timeout = FastMinute });

        await ReviewAsync(admin, worker);
        await GiveBackAsync(admin, worker);
        await LookAtOffersAsync(admin, worker);
        await KeepTheListAsync(admin);
        if (beforeTheWorkerLeaves is not null) await beforeTheWorkerLeaves();
        await KeepThePeopleAsync(admin, worker, registered.WorkerId);
    }

    private static async Task ReviewAsync(PoolClient admin, PoolClient worker)
    {
        var lease = await LeaseAsync(admin, worker, "To review");
        await SayAsync(worker, lease, ReportedStatus.InProgress);
        await worker.AppendLogsAsync(lease.TaskId, new LogRequest([new NewLogLine("built"), new NewLogLine("tested")]) { LeaseId = lease.LeaseId });
        await SayAsync(worker, lease, ReportedStatus.Blocked);
        await SayAsync(worker, lease, ReportedStatus.InProgress);
        await worker.RenewLeaseAsync(lease.LeaseId!);
        await SayAsync(worker, lease, ReportedStatus.PrOpened, 1);
        await admin.RejectTaskAsync(lease.TaskId, "Shorter.", "in_progress");
        var again = (await worker.GetSelfAsync()).Leases.Single(held => held.TaskId == lease.TaskId);
        await SayAsync(worker, again, ReportedStatus.PrOpened, 1);
        await admin.AcceptTaskAsync(lease.TaskId, 5);
    }

    private static async Task GiveBackAsync(PoolClient admin, PoolClient worker)
    {
        var failed = await LeaseAsync(admin, worker, "To fail");
        await SayAsync(worker, failed, ReportedStatus.InProgress);
        await SayAsync(worker, failed, ReportedStatus.Failed);
        await admin.CancelTaskAsync(failed.TaskId, "Not wanted.");
        var released = await LeaseAsync(admin, worker, "To release");
        await worker.ReleaseAsync(released.TaskId, new ReleaseRequest { LeaseId = released.LeaseId, RetryAfterSeconds = 3600 });
        await admin.EditTaskAsync(released.TaskId, new TaskPatch { Priority = 99 }, (await admin.GetTaskAsync(released.TaskId)).Version);
        await admin.RequeueTaskAsync(released.TaskId, "It has rested.");
        await admin.ForceStatusAsync(released.TaskId, "cancelled", "Nobody needs it.");
    }

    private static async Task LookAtOffersAsync(PoolClient admin, PoolClient worker)
    {
        var task = (await admin.AddTaskAsync(new TaskRequest(Repo, "To offer"))).TaskId;
        await worker.RejectOfferAsync(await OfferAsync(worker, task), "skill_mismatch");
        await admin.CancelTaskAsync(task, "Not wanted.");
        var taken = (await admin.AddTaskAsync(new TaskRequest(Repo, "To take"))).TaskId;
        var accepted = await worker.AcceptOfferAsync(await OfferAsync(worker, taken));
        await worker.ReleaseAsync(taken, new ReleaseRequest { LeaseId = accepted.LeaseId });
        await admin.CancelTaskAsync(taken, "Not wanted.");
    }

    private static async Task KeepTheListAsync(PoolClient admin)
    {
        await admin.PauseAsync("Holiday.");
        var added = await admin.AddTasksAsync([new TaskRequest(Repo, "One"), new TaskRequest(Repo, "Two")]);
        await admin.ImportTasksAsync("- title: Three\n- title: Four\n"u8.ToArray(), Repo);
        await admin.MoveTaskAsync(added.TaskIds[1], new PositionRequest { Before = added.TaskIds[0] });
        await admin.ResumeAsync();
    }

    private static async Task KeepThePeopleAsync(PoolClient admin, PoolClient worker, string workerId)
    {
        await admin.CreateTokenAsync(new TokenRequest("bob", "admin"));
        await admin.RevokeTokenAsync("bob");
        var invite = await admin.CreateInviteAsync(new InviteRequest());
        await admin.RevokeInviteAsync(invite.InviteId);
        await worker.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Paused));
        await worker.HeartbeatAsync(new HeartbeatRequest());
        await admin.PauseWorkerAsync(workerId, "Rest.");
        await admin.ResumeWorkerAsync(workerId);
        var rotated = await worker.RotateTokenAsync();
        using (var next = worker.AsWorker(rotated.Token)) Assert.Equal(workerId, (await next.GetSelfAsync()).WorkerId);
        await admin.RevokeWorkerAsync(workerId, "Left.");
    }

    private static async Task<LeaseView> LeaseAsync(PoolClient admin, PoolClient worker, string title)
    {
        var task = (await admin.AddTaskAsync(new TaskRequest(Repo, title))).TaskId;
        var reply = await worker.ClaimAsync(new ClaimRequest { WaitSeconds = 20, Max = 1 });
        return reply.Leases.Single(lease => lease.TaskId == task);
    }

    private static async Task<string> OfferAsync(PoolClient worker, string task)
    {
        string? offer = null;
        await Eventually.TrueAsync(async () =>
        {
            offer = (await worker.RequestOffersAsync(1)).FirstOrDefault(open => open.TaskId == task)?.OfferId;
            return offer is not null;
        }, "the task is offered");
        return offer!;
    }

    private static Task SayAsync(PoolClient worker, LeaseView lease, ReportedStatus status, int? pullRequest = null) =>
        worker.ReportAsync(lease.TaskId, new ReportRequest(status)
        {
            LeaseId = lease.LeaseId,
            FencingToken = lease.FencingToken,
            Artifact = pullRequest is null ? null : new Artifact { PrUrl = new Uri($"https://github.com/{Repo}/pull/{pullRequest}") },
        });

    /// <summary>Pauses between attempts are waited for a fraction of their length.</summary>
    private sealed class FastClock : TimeProvider
    {
        public const int Factor = 20;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / Factor : dueTime, period);
    }
}
