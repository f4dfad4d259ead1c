using System.Net;
using System.Security.Cryptography;
using System.Text;
using OwpPool.Client;

namespace OwpPool.Cli.Demo;

/// <summary>A worker that holds what the pool gives it, works by waiting, and reports each step.</summary>
internal sealed class DemoWorker(
    PoolClient client, DemoProfile profile, TimeSpan heartbeat, string repo, DemoBoard board, DemoPace pace, TimeProvider time)
{
    // Short enough to notice budget that another worker has freed, long enough not to be polling.
    private const int WaitSeconds = 2;

    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(3);

    private int _atWork;

    /// <summary>Works until cancelled; ends earlier only by an exception.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var beat = BeatAsync(stop.Token);
        var work = WorkAsync(stop.Token);
        try
        {
            await await Task.WhenAny(beat, work);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(beat, work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SayGoodbyeAsync();
        }
    }

    private async Task BeatAsync(CancellationToken ct)
    {
        while (true)
        {
            var status = Volatile.Read(ref _atWork) > 0 ? WorkerStatus.Working : WorkerStatus.Idle;
            await client.HeartbeatAsync(new HeartbeatRequest(status), ct);
            await Task.Delay(heartbeat, time, ct);
        }
    }

    private async Task WorkAsync(CancellationToken ct)
    {
        var atWork = new Dictionary<string, Task<bool>>();
        var reviews = new List<Task>();
        try
        {
            while (true)
            {
                var answer = await client.GetWorkAsync(WaitSeconds, ct: ct);
                // A task is forgotten only after the answer that followed its pull request: one on its way cannot bring it back.
                var fresh = answer.Leases.Where(lease => !atWork.ContainsKey(lease.TaskId)).ToList();
                foreach (var lease in fresh)
                {
                    atWork[lease.TaskId] = OpenAsync(lease, ct);
                    reviews.Add(MergeAsync(lease, atWork[lease.TaskId], ct));
                }
                Volatile.Write(ref _atWork, atWork.Count);
                if (fresh.Count == 0 || atWork.Count >= profile.MaxConcurrentTasks)
                    await Task.WhenAny([pace.LookAgainAsync(ct), .. atWork.Values]);
                await ForgetFinishedAsync(atWork, reviews);
            }
        }
        finally
        {
            await Task.WhenAll([.. atWork.Values, .. reviews]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ForgetFinishedAsync(Dictionary<string, Task<bool>> atWork, List<Task> reviews)
    {
        foreach (var (taskId, work) in atWork.Where(pair => pair.Value.IsCompleted).ToList())
        {
            await work;
            atWork.Remove(taskId);
        }
        foreach (var review in reviews.FindAll(review => review.IsCompleted)) await review;
        reviews.RemoveAll(review => review.IsCompleted);
    }

    /// <summary>From lease to pull request.</summary>
    /// <returns>False where the lease was lost on the way.</returns>
    private async Task<bool> OpenAsync(LeaseView lease, CancellationToken ct)
    {
        if (!string.Equals(lease.Repo, repo, StringComparison.OrdinalIgnoreCase))
        {
            throw new DemoStoppedException(
                $"{profile.Name} was handed '{lease.Title}' of {lease.Repo}, where it must not pretend to work.");
        }
        var task = TaskOf(lease);
        board.Record(profile.Name, task, lease.Status ?? DemoPhase.Leased);
        if (lease.Status is not DemoPhase.InProgress)
        {
            await pace.StartAsync(ct);
            if (!await ReportAsync(lease, task, ReportedStatus.InProgress, DemoPhase.InProgress, null, ct)) return false;
        }
        await pace.WorkAsync(lease.EstimatePoints, ct);
        return await ReportAsync(lease, task, ReportedStatus.PrOpened, DemoPhase.PrOpened, PullRequestOf(lease), ct);
    }

    private async Task MergeAsync(LeaseView lease, Task<bool> opened, CancellationToken ct)
    {
        if (!await opened) return;
        await pace.ReviewAsync(ct);
        await ReportAsync(lease, TaskOf(lease), ReportedStatus.Merged, DemoPhase.Merged, null, ct);
    }

    private async Task<bool> ReportAsync(
        LeaseView lease, DemoTask task, ReportedStatus status, string phase, Uri? pullRequest, CancellationToken ct)
    {
        var report = new ReportRequest(status)
        {
            LeaseId = lease.LeaseId,
            FencingToken = lease.FencingToken,
            Artifact = pullRequest is null ? null : new Artifact { PrUrl = pullRequest },
        };
        try
        {
            await client.ReportAsync(lease.TaskId, report, ct);
            board.Record(profile.Name, task, phase, pullRequest?.AbsoluteUri);
            return true;
        }
        catch (PoolProblemException lost) when (lost.Status is HttpStatusCode.Conflict)
        {
            board.Record(profile.Name, task, DemoPhase.Lost, lost.Message);
            return false;
        }
    }

    /// <summary>Gives back what was not begun. The demo ends whether or not the pool hears it: without it the lease runs out by
    /// itself.</summary>
    private async Task SayGoodbyeAsync()
    {
        using var limit = new CancellationTokenSource(GoodbyeLimit, time);
        var goodbye = client.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Offline), limit.Token);
        await ((Task)goodbye).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static DemoTask TaskOf(LeaseView lease) => new(lease.TaskId, lease.Title, lease.EstimatePoints, lease.Area);

    /// <summary>One pull request serves one task, in every run: its number is made from the task's id.</summary>
    private static Uri PullRequestOf(LeaseView lease)
    {
        var number = BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(lease.TaskId))) & 0x7FFF_FFFF;
        var path = lease.Repo.Contains('/', StringComparison.Ordinal) ? lease.Repo : $"demo/{lease.Repo}";
        return new Uri($"https://github.com/{path}/pull/{number}");
    }
}

/// <summary>The demo must not go on; the message says why.</summary>
internal sealed class DemoStoppedException(string message) : Exception(message);
