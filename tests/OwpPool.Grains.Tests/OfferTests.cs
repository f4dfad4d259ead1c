using Microsoft.Extensions.DependencyInjection;
using OwpPool.Core.Matching;
using OwpPool.Core.Shared;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Tests;

/// <summary>An open offer holds what a lease holds, and ends without a trace but in the audit.</summary>
public sealed class OfferTests
{
    private const int OfferTtl = 60;
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Offer_Open_HoldsBudgetAreaAndCapacity()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 2 });
        var offered = await pool.AddTaskAsync(repo, with => with with { Area = "src/", Priority = 20 });
        await pool.AddTaskAsync(repo, with => with with { Area = "src" });
        string[] free = [await pool.AddTaskAsync(repo), await pool.AddTaskAsync(repo)];
        var (worker, other) = (await pool.RegisterAsync(slots: 1), await pool.RegisterAsync(slots: 5));

        var offer = Assert.Single(await worker.AskForOffersAsync());

        Assert.Equal((offered, TaskPhase.Offered), (offer.TaskId, offer.Phase));
        Assert.StartsWith("o_", offer.LeaseId, StringComparison.Ordinal);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(OfferTtl), offer.ExpiresAt);
        Assert.Empty(await worker.ClaimAsync());
        // The area is held and the budget has room for one more.
        Assert.Contains(Assert.Single(await other.ClaimAsync()).TaskId, free);
    }

    [Fact]
    public async Task Offer_AskedForAgain_IsTheSameOffer()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        await pool.AddTaskAsync(repo);
        await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync(slots: 2);

        var first = Assert.Single(await worker.AskForOffersAsync(max: 1, requestKey: "k1"));

        Assert.Equal(first, Assert.Single(await worker.AskForOffersAsync(max: 1, requestKey: "k1")));
        Assert.Equal(2, (await worker.AskForOffersAsync(max: 1, requestKey: "k2")).Count);
        Assert.Equal(2, (await worker.AskForOffersAsync()).Count);
    }

    [Fact]
    public async Task Accept_Twice_IsOneLease()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        var offer = Assert.Single(await worker.AskForOffersAsync());

        var lease = (await worker.AcceptAsync(offer.LeaseId)).Value!;

        Assert.Equal((taskId, TaskPhase.Leased, offer.FencingToken), (lease.TaskId, lease.Phase, lease.FencingToken));
        Assert.Equal(lease, (await worker.AcceptAsync(offer.LeaseId)).Value);
        Assert.Equal(lease, Assert.Single(await worker.ClaimAsync()));
        Assert.Empty(await worker.AskForOffersAsync());
        await worker.MustReportAsync(taskId, TaskPhase.InProgress);
        Assert.Equal(lease.LeaseId, (await worker.AcceptAsync(offer.LeaseId)).Value!.LeaseId);
    }

    [Fact]
    public async Task Accept_AnothersOrUnknown_IsNotFound()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var (worker, other) = (await pool.RegisterAsync(), await pool.RegisterAsync());
        var offer = Assert.Single(await worker.AskForOffersAsync());

        Assert.Equal(RefusalKind.NotFound, (await other.AcceptAsync(offer.LeaseId)).Refusal!.Kind);
        Assert.Equal(RefusalKind.NotFound, (await other.RejectAsync(offer.LeaseId))!.Kind);
        Assert.Equal(RefusalKind.NotFound, (await worker.AcceptAsync("o_unknown")).Refusal!.Kind);
        Assert.Equal(TaskPhase.Offered, (await pool.TaskAsync(taskId)).Phase);
    }

    [Fact]
    public async Task Accept_AfterItsEnd_IsTooLateAndTheTaskIsReady()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        var offer = Assert.Single(await worker.AskForOffersAsync());
        // The wall clock alone: no timer fires, so this call is the first to look.
        _clock.StepWallClock(TimeSpan.FromSeconds(OfferTtl));

        Assert.NotNull((await worker.AcceptAsync(offer.LeaseId)).Refusal);

        var task = await pool.TaskAsync(taskId);
        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
        Assert.Empty((await worker.HeartbeatAsync()).Lost);
    }

    [Fact]
    public async Task Offer_AtItsEnd_GoesToAnother()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync(with => with with { MaxOpenPrs = 1 }));
        await (await pool.RegisterAsync()).AskForOffersAsync();

        await PassingTimeAsync(async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready);

        var other = await pool.RegisterAsync();
        await PassingTimeAsync(async () => (await other.ClaimAsync()).Count > 0);
        Assert.Equal(2, (await pool.TaskAsync(taskId)).Token);
    }

    [Fact]
    public async Task Reject_Offer_KeepsTheTaskAwayForTheCooldownOnly()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var (worker, other) = (await pool.RegisterAsync(), await pool.RegisterAsync());
        var offer = Assert.Single(await worker.AskForOffersAsync());

        Assert.Null(await worker.RejectAsync(offer.LeaseId));
        Assert.Null(await worker.RejectAsync(offer.LeaseId));

        Assert.Empty(await worker.AskForOffersAsync());
        Assert.Empty(await worker.ClaimAsync());
        var explanation = (await pool.Grains.GetWorker(worker.Id).ExplainAsync(worker.Id, taskId)).Value!;
        Assert.Equal(Ineligibility.Excluded, explanation.Task!.Reason);
        await pool.RestartAsync();
        await PassingTimeAsync(async () =>
        {
            Assert.Empty(await worker.ClaimAsync());
            return (await other.AskForOffersAsync()).Count == 1;
        });
        await PassingTimeAsync(async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready);
        Assert.Empty(await worker.AskForOffersAsync());

        _clock.StepWallClock(TimeSpan.FromHours(1));
        await PassingTimeAsync(async () => (await worker.AskForOffersAsync()).Count == 1);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public async Task Reject_AtTheLimitOfRejections_IsRefusedOnlyPastIt(int most, bool accepted)
    {
        await using var pool = await StartAsync(options => options.MaxRejections = most);
        var repo = await pool.AddRepoAsync();
        await pool.AddTaskAsync(repo);
        await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        var offers = await worker.AskForOffersAsync();
        Assert.Null(await worker.RejectAsync(offers[0].LeaseId));

        var second = await worker.RejectAsync(offers[1].LeaseId);

        Assert.Equal(accepted ? null : RefusalReason.LimitReached, second?.Reason);
        Assert.Equal(accepted ? TaskPhase.Ready : TaskPhase.Offered, (await pool.TaskAsync(offers[1].TaskId)).Phase);
    }

    [Fact]
    public async Task Restart_OpenOffer_IsStillOpenAndCanBeTaken()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync(with => with with { MaxOpenPrs = 1 }));
        var worker = await pool.RegisterAsync();
        var offer = Assert.Single(await worker.AskForOffersAsync());

        await pool.RestartAsync();

        Assert.Empty(await (await pool.RegisterAsync()).ClaimAsync());
        Assert.Equal(taskId, (await worker.AcceptAsync(offer.LeaseId)).Value!.TaskId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Offline_OrRevokedWorker_LosesItsOffers(bool revoked)
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.AskForOffersAsync();

        if (revoked) await pool.Grains.GetWorker(worker.Id).RevokeAsync(Actors.Admin, null);
        else await worker.HeartbeatAsync(WorkerStatus.Offline);

        var task = await pool.TaskAsync(taskId);
        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
        Assert.Empty(task.History);
    }

    [Fact]
    public async Task Accept_WhilePaused_IsRefusedAndPossibleAfterwards()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        var offer = Assert.Single(await worker.AskForOffersAsync());

        await pool.AddRepoAsync(with => with with { Paused = true }, repo);
        Assert.Equal(RefusalReason.Paused, (await worker.AcceptAsync(offer.LeaseId)).Refusal!.Reason);
        await pool.AddRepoAsync(with => with with { Paused = false }, repo);
        await pool.Grains.GetWorker(worker.Id).SetPausedAsync(paused: true, Actors.Admin, null);
        Assert.Equal(RefusalReason.Paused, (await worker.AcceptAsync(offer.LeaseId)).Refusal!.Reason);
        await pool.Grains.GetWorker(worker.Id).SetPausedAsync(paused: false, Actors.Admin, null);

        Assert.NotNull((await worker.AcceptAsync(offer.LeaseId)).Value);
    }

    [Fact]
    public async Task Offer_SixtyFourParallelOnBudgetThree_NeverHasMoreThanThreeOpen()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 3 });
        for (var i = 0; i < 100; i++) await pool.AddTaskAsync(repo);
        var workers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => pool.RegisterAsync()));

        var offers = (await Task.WhenAll(workers.Select(worker => worker.AskForOffersAsync()))).SelectMany(offers => offers).ToList();

        Assert.Equal(3, offers.Count);
        Assert.Equal(3, offers.Select(offer => offer.TaskId).Distinct().Count());
        var rows = await Sql.QueryAsync(pool.Storage, "SELECT count(*) FROM pool_tasks WHERE phase = 'offered'");
        Assert.Equal(3L, rows[0][0]);
    }

    private Task PassingTimeAsync(Func<Task<bool>> condition) => Eventually.TrueInTimeAsync(_clock, condition);

    private Task<PoolHost> StartAsync(Action<OfferOptions>? configure = null) => PoolHost.StartAsync(_clock, services =>
        services.Configure<OfferOptions>(options =>
        {
            options.TtlSeconds = OfferTtl;
            configure?.Invoke(options);
        }));
}
