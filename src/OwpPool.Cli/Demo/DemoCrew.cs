using System.Net;
using OwpPool.Client;

namespace OwpPool.Cli.Demo;

/// <summary>One of the crew, at the pool's door.</summary>
internal sealed record CrewMember(DemoProfile Profile, PoolClient Client, TimeSpan Heartbeat, bool IsReturning);

/// <summary>Brings the three workers to the pool: those of an earlier run come back, the others register.</summary>
internal static class DemoCrew
{
    // Sooner than the pool asks for: a demo is over before the first regular heartbeat.
    private static readonly TimeSpan LongestHeartbeat = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<CrewMember>> AssembleAsync(PoolClient pool, string? workersPath, CancellationToken ct)
    {
        var known = WorkersFile.Read(workersPath);
        var crew = new List<CrewMember>();
        foreach (var profile in DemoProfile.Crew)
        {
            var returning = known.TryGetValue(profile.Name, out var worker) && await IsWelcomeAsync(pool, worker, ct);
            if (!returning)
            {
                var reply = await pool.RegisterAsync(profile.ToRequest(), ct);
                worker = new KnownWorker(profile.Name, reply.WorkerId, reply.Token, reply.HeartbeatIntervalSeconds);
                known[profile.Name] = worker;
                // At once: a worker whose token is lost cannot come back for what it holds.
                if (workersPath is not null) WorkersFile.Write(workersPath, known.Values);
            }
            crew.Add(new CrewMember(profile, pool.AsWorker(worker!.Token), HeartbeatOf(worker), returning));
        }
        return crew;
    }

    /// <summary>Closes tasks that an earlier run left under review: only their own worker may, and it is told apart by the answer. Tasks
    /// in any other phase are left as they are.</summary>
    /// <returns>Those of <paramref name="taskIds"/> that are merged for certain.</returns>
    public static async Task<IReadOnlyList<string>> FinishReviewsAsync(
        IEnumerable<CrewMember> crew, IEnumerable<string> taskIds, CancellationToken ct)
    {
        var merged = new List<string>();
        var returning = crew.Where(member => member.IsReturning).ToList();
        foreach (var taskId in taskIds)
        {
            foreach (var member in returning)
            {
                if (!await MergeAsync(member.Client, taskId, ct)) continue;
                merged.Add(taskId);
                break;
            }
        }
        return merged;
    }

    private static async Task<bool> MergeAsync(PoolClient client, string taskId, CancellationToken ct)
    {
        try
        {
            await client.ReportAsync(taskId, new ReportRequest(ReportedStatus.Merged), ct);
            return true;
        }
        catch (PoolProblemException no) when (no.Status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden
            or HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    private static async Task<bool> IsWelcomeAsync(PoolClient pool, KnownWorker worker, CancellationToken ct)
    {
        using var client = pool.AsWorker(worker.Token);
        try
        {
            await client.HeartbeatAsync(new HeartbeatRequest(), ct);
            return true;
        }
        catch (PoolProblemException unknown) when (unknown.Status is HttpStatusCode.Unauthorized)
        {
            return false;
        }
    }

    private static TimeSpan HeartbeatOf(KnownWorker worker)
    {
        var asked = TimeSpan.FromSeconds(Math.Max(1, worker.HeartbeatIntervalSeconds));
        return asked < LongestHeartbeat ? asked : LongestHeartbeat;
    }
}
