using Microsoft.Extensions.DependencyInjection;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Tests;

/// <summary>Many at once: one grant a task, never over budget, one task an area.</summary>
public sealed class ContentionTests
{
    [Fact]
    public async Task Claim_TwoHundredWorkersForOneTaskThousandRounds_GrantsExactlyOnceEach()
    {
        const int workerCount = 200, rounds = 1_000;
        // Whoever wins by chance again and again makes more changes than one worker may.
        await using var pool = await PoolHost.StartAsync(configure: static services =>
            services.Configure<WorkerOptions>(static options => options.EventsPerHour = 0));
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 100 });
        var workers = await Task.WhenAll(Enumerable.Range(0, workerCount).Select(_ => pool.RegisterAsync()));

        for (var round = 0; round < rounds; round++)
        {
            var taskId = await pool.AddTaskAsync(repo);
            var replies = await Task.WhenAll(workers.Select(worker => worker.TryClaimAsync(max: 1)));
            var winner = Assert.Single(Enumerable.Range(0, workerCount), index => replies[index].Value!.Granted > 0);
            Assert.Equal(taskId, Assert.Single(replies[winner].Value!.Leases).TaskId);
            await workers[winner].MustReportAsync(taskId, TaskPhase.PrOpened);
            await workers[winner].MustReportAsync(taskId, TaskPhase.Merged);
        }

        var grants = await Sql.QueryAsync(pool.Storage, "SELECT target, count(*) FROM pool_events WHERE type = 'task.leased' GROUP BY target");
        Assert.Equal(rounds, grants.Count);
        Assert.All(grants, grant => Assert.Equal(1L, grant[1]));
    }

    [Fact]
    public async Task Claim_SixtyFourParallelOnBudgetThree_NeverHasMoreThanThreeInFlight()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 3 });
        for (var i = 0; i < 100; i++) await pool.AddTaskAsync(repo);
        var workers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => pool.RegisterAsync()));

        await Task.WhenAll(workers.Select(worker => WorkUntilDoneAsync(pool, worker, 100)));

        var inFlight = await HighWaterMarkAsync(pool);
        Assert.Equal((100, 3), inFlight);
    }

    [Fact]
    public async Task Upsert_BudgetLoweredWhileGranting_GrantsNothingOverTheNewOne()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 5 });
        for (var i = 0; i < 60; i++) await pool.AddTaskAsync(repo);
        var workers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => pool.RegisterAsync()));

        var work = Task.WhenAll(workers.Select(worker => WorkUntilDoneAsync(pool, worker, 60)));
        for (var budget = 5; budget >= 1; budget--) await pool.AddRepoAsync(with => with with { MaxOpenPrs = budget }, repo);
        await work;

        // Each ledger write carries the limit in force and what it then held: above it only while the limit had just been lowered.
        var writes = await Sql.QueryAsync(pool.Storage,
            "SELECT json_extract(details,'$.in_use'), json_extract(details,'$.max_open_prs') FROM pool_events WHERE type = 'repo.budget_reserved'");
        Assert.All(writes, write => Assert.True(int.Parse((string)write[0]!) <= int.Parse((string)write[1]!), $"{write[0]} of {write[1]}"));
    }

    [Fact]
    public async Task Claim_ParallelOnOneArea_HoldsItOnceAtATime()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 50 });
        string[] spellings = ["src", "SRC", "./src/", "src\\", " src "];
        for (var i = 0; i < 30; i++) await pool.AddTaskAsync(repo, spec => spec with { Area = spellings[i % spellings.Length] });
        var workers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => pool.RegisterAsync()));

        await Task.WhenAll(workers.Select(worker => WorkUntilDoneAsync(pool, worker, 30)));

        var held = 0;
        foreach (var type in await TypesAsync(pool))
        {
            if (type == "task.leased") Assert.Equal(1, ++held);
            if (type == "task.pr_opened") held--;
        }
    }

    [Fact]
    public async Task Claim_OneWorkerManyAtOnce_StaysWithinItsCapacity()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 50 });
        for (var i = 0; i < 20; i++) await pool.AddTaskAsync(repo, spec => spec with { EstimatePoints = 2 });
        var worker = await pool.RegisterAsync(capacity: 7, slots: 10);

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => worker.TryClaimAsync()));

        Assert.Equal(3, (await worker.ClaimAsync()).Count);
    }

    private static Task WorkUntilDoneAsync(PoolHost pool, TestWorker worker, int total) => Eventually.TrueAsync(async () =>
    {
        // Workers that get a task go on at once; the others pause and leave them the CPU.
        while (await worker.ClaimAsync(max: 1) is [var lease])
        {
            await worker.MustReportAsync(lease.TaskId, TaskPhase.InProgress);
            await worker.MustReportAsync(lease.TaskId, TaskPhase.PrOpened);
            await worker.MustReportAsync(lease.TaskId, TaskPhase.Merged);
        }
        return await MergedAsync(pool) >= total;
    }, $"{total} tasks are merged");

    private static async Task<long> MergedAsync(PoolHost pool) =>
        (long)(await Sql.QueryAsync(pool.Storage, "SELECT count(*) FROM pool_tasks WHERE phase = 'merged'"))[0][0]!;

    private static async Task<IEnumerable<string>> TypesAsync(PoolHost pool) =>
        (await Sql.QueryAsync(pool.Storage, "SELECT type FROM pool_events WHERE type LIKE 'task.%' ORDER BY seq")).Select(row => (string)row[0]!);

    private static async Task<(int Merged, int HighWater)> HighWaterMarkAsync(PoolHost pool)
    {
        int merged = 0, inFlight = 0, high = 0;
        foreach (var type in await TypesAsync(pool))
        {
            if (type == "task.leased") high = Math.Max(high, ++inFlight);
            if (type != "task.merged") continue;
            inFlight--;
            merged++;
        }
        return (merged, high);
    }
}
