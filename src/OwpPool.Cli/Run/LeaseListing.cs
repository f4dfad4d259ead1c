using OwpPool.Cli.Output;
using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A worker without a command: it lives, takes what it is given and shows it. What is done with it is somebody else's.</summary>
internal sealed class LeaseListing(PoolClient pool, RunnerSettings settings, Action<RunStep> report, TimeProvider time)
{
    private readonly Patience _patience = new(time, report);
    private readonly IdleWord _idle = new(pool, settings.Repos, report, time);
    private bool _hasSpoken;

    /// <summary>Shows what is held, and takes nothing: whoever leaves at once would keep it from others.</summary>
    /// <returns>What there is for the worker, or why nothing.</returns>
    public async Task<string> LookAsync(CancellationToken ct)
    {
        Show([], (await pool.GetSelfAsync(ct)).Leases);
        return Explanations.InOneLine(await pool.ExplainWorkAsync(null, ct), settings.Repos);
    }

    /// <summary>Shows each lease once, and each that is gone, until told to end.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        var shown = new Dictionary<string, LeaseView>();
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(end);
        await BeatAsync(shown, end);
        var beating = BeatOnAsync(shown, rest.Token);
        try
        {
            for (var wait = TimeSpan.Zero; ; wait = settings.PollEvery) await TakeAsync(shown, wait, end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // What is held stays held: whoever works on it may send heartbeats of their own.
        }
        finally
        {
            await rest.CancelAsync();
            await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeAsync(Dictionary<string, LeaseView> shown, TimeSpan wait, CancellationToken end)
    {
        var askedAt = time.GetTimestamp();
        var request = new ClaimRequest
        {
            WaitSeconds = (int)wait.TotalSeconds,
            Repos = settings.Repos.Count > 0 ? settings.Repos : null,
        };
        var key = Guid.NewGuid().ToString("N");
        var reply = await _patience.AskAsync(inner => pool.ClaimAsync(request, key, inner), end);
        Show(shown, reply.Leases);
        if (reply.Leases.Count == 0) await _idle.TellAsync(end);
        // A lease that nobody has begun makes the pool answer at once.
        var left = (reply.Leases.Count == 0 ? wait : settings.PollEvery) - time.GetElapsedTime(askedAt);
        if (left > TimeSpan.Zero) await Task.Delay(left, time, end);
    }

    private void Show(Dictionary<string, LeaseView> shown, IReadOnlyList<LeaseView> leases)
    {
        lock (shown)
        {
            foreach (var lease in leases.Where(lease => shown.TryAdd(LeaseHold.KeyOf(lease), lease)))
            {
                var what = $"{lease.Repo}, {Counted.Of(lease.EstimatePoints, "point")}";
                report(RunStep.Of(time.GetUtcNow(), lease.Status ?? Steps.Leased, lease, what));
            }
        }
    }

    private async Task BeatOnAsync(Dictionary<string, LeaseView> shown, CancellationToken ct)
    {
        while (true)
        {
            await Task.Delay(settings.HeartbeatEvery, time, ct);
            await BeatAsync(shown, ct);
        }
    }

    private async Task BeatAsync(Dictionary<string, LeaseView> shown, CancellationToken ct)
    {
        HashSet<string> known;
        lock (shown) known = [.. shown.Keys];
        // Who starts a worker wants it to work, whatever was said before.
        var isPaused = _hasSpoken && await _patience.AskAsync(inner => OwnPause.IsOnAsync(pool, inner), ct);
        var status = isPaused ? WorkerStatus.Paused : known.Count > 0 ? WorkerStatus.Working : WorkerStatus.Idle;
        var reply = await _patience.AskAsync(inner => pool.HeartbeatAsync(new HeartbeatRequest(status), inner), ct);
        _hasSpoken = true;
        known.ExceptWith(reply.Leases.Select(lease => lease.LeaseId));
        lock (shown)
        {
            foreach (var key in known)
            {
                if (!shown.Remove(key, out var gone)) continue;
                var reason = reply.Cancel.Contains(gone.TaskId) ? "cancelled"
                    : reply.Lost.FirstOrDefault(lost => lost.TaskId == gone.TaskId)?.Reason;
                report(RunStep.Of(time.GetUtcNow(), reason is null ? Steps.Ended : Steps.Lost, gone, reason));
            }
        }
    }
}
