using OwpPool.Cli.Output;
using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A worker without a command: it lives, takes what it is given and shows it. What is done with it is somebody else's.</summary>
internal sealed class LeaseListing(PoolClient pool, RunnerSettings settings, Action<RunStep> report, TimeProvider time)
{
    private readonly Patience _patience = new(time, report);
    private bool _hasSpoken;

    /// <summary>Shows each lease once, and each that is gone, until told to end or, with <see cref="RunnerSettings.Once"/>, after one look.
    /// </summary>
    /// <returns>How many leases were held at last.</returns>
    public async Task<int> RunAsync(CancellationToken end)
    {
        var shown = new Dictionary<string, LeaseView>();
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(end);
        await BeatAsync(shown, end);
        var beating = settings.Once ? Task.CompletedTask : BeatOnAsync(shown, rest.Token);
        try
        {
            do await LookAsync(shown, end); while (!settings.Once);
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
        lock (shown) return shown.Count;
    }

    private async Task LookAsync(Dictionary<string, LeaseView> shown, CancellationToken end)
    {
        var askedAt = time.GetTimestamp();
        var request = new ClaimRequest
        {
            WaitSeconds = (int)settings.PollEvery.TotalSeconds,
            Repos = settings.Repos.Count > 0 ? settings.Repos : null,
        };
        var key = Guid.NewGuid().ToString("N");
        var reply = await _patience.AskAsync(inner => pool.ClaimAsync(request, key, inner), end);
        Show(shown, reply.Leases);
        if (settings.Once) return;
        // A lease that nobody has begun makes the pool answer at once.
        var left = settings.PollEvery - time.GetElapsedTime(askedAt);
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
