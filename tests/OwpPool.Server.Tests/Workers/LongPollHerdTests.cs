using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Tests.Support;
using Xunit.Abstractions;

namespace OwpPool.Server.Tests.Workers;

/// <summary>Many long polls wait for few tasks: a task costs a few claims, not one a poll.</summary>
public sealed class LongPollHerdTests(ITestOutputHelper output)
{
    private const int Workers = 500;
    private const int Skills = 20;

    [Fact]
    public async Task Poll_FiveHundredWait_ATaskCostsAFewClaims()
    {
        await using var pool = await PollPool.StartAsync();
        var repo = await pool.AddRepoAsync();
        // Work that nobody can take is told of too, and must not wake anybody.
        for (var i = 0; i < 40; i++) await pool.AddTaskAsync(repo, spec => spec with { RequiredSkills = [$"nobody{i}"], Priority = 500 });
        var workers = await Task.WhenAll(Enumerable.Range(0, Workers).Select(i => pool.RegisterAsync([$"s{i % Skills}", $"own{i}"], 1 + (i % 9))));
        var polls = workers.ToDictionary(worker => worker, worker => worker.PollAsync());
        await pool.WaitsAsync(Workers);

        var before = pool.Claims;
        var one = await pool.AddTaskAsync(repo, spec => spec with { RequiredSkills = ["s7"], EstimatePoints = 3 });
        Assert.Equal(one, (await NextAsync(polls)).Lease.TaskId);
        await pool.WaitsAsync(Workers - 1);
        Assert.DoesNotContain(polls.Values, poll => poll.IsCompleted);
        Assert.InRange(Cost("One task"), 1, 19);

        before = pool.Claims;
        var ten = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            pool.AddTaskAsync(repo, spec => spec with { RequiredSkills = [$"s{i % 4}"], Area = i % 3 == 0 ? "web" : null })));
        var taken = new List<string>();
        while (taken.Count < ten.Length)
        {
            var (holder, lease) = await NextAsync(polls);
            taken.Add(lease.TaskId);
            // Under review it holds no area: the next task of it can go.
            await holder.ReportAsync(lease.TaskId, TaskPhase.PrOpened);
        }
        Assert.Equal(ten.Order(), taken.Order());
        await pool.WaitsAsync(Workers - 11);
        Assert.DoesNotContain(polls.Values, poll => poll.IsCompleted);
        Assert.InRange(Cost("Ten tasks at once"), 10, 49);

        long Cost(string what)
        {
            var cost = pool.Claims - before;
            output.WriteLine($"{what} cost {cost} claims with {Workers} long polls waiting.");
            return cost;
        }
    }

    /// <summary>The next poll that ends, with what it got.</summary>
    private static async Task<(PollWorker Holder, LeaseView Lease)> NextAsync(Dictionary<PollWorker, Task<IReadOnlyList<LeaseView>>> polls)
    {
        var ended = await Task.WhenAny(polls.Values).WaitAsync(TimeSpan.FromMinutes(1));
        var holder = polls.Single(poll => poll.Value == ended).Key;
        polls.Remove(holder);
        return (holder, Assert.Single(await ended));
    }
}
