using System.Collections.Concurrent;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A worker: takes tasks, keeps their leases, has the work done and tells the pool what came of it.</summary>
/// <param name="pool">With the worker's token.</param>
/// <param name="settings">How it takes work.</param>
/// <param name="work">What it does with it.</param>
/// <param name="report">Learns each step, from any thread, while others may wait: it must be quick.</param>
/// <param name="time">The clock.</param>
internal sealed partial class WorkerRunner(
    PoolClient pool, RunnerSettings settings, ITaskWork work, Action<RunStep> report, TimeProvider time) : IDisposable
{
    // A worker that is told to stop tells the pool, but does not wait for one that is away.
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    /// <summary>Tasks that one request may say it does not want.</summary>
    private const int MaxExcluded = 100;

    /// <summary>What a heartbeat has room for.</summary>
    private const int MaxNote = 500;

    private readonly LeaseBook _book = new(time);
    private readonly Patience _patience = new(time, report);
    private readonly IdleWord _idle = new(pool, settings.Repos, report, time);
    private readonly SemaphoreSlim _slots = new(settings.Concurrency);
    private readonly List<Task> _carried = [];
    private readonly ConcurrentQueue<string> _refused = [];
    private readonly ConcurrentQueue<string> _failed = [];
    private readonly RunSummary _summary = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private int _failures;

    /// <summary>Works until told to end, until <see cref="RunnerSettings.Once"/> or <see cref="RunnerSettings.Allowance"/> ends it, or until
    /// no task can go well any more; then <see cref="RunSummary.Fault"/> says why.</summary>
    /// <exception cref="PoolProblemException">The pool does not take this worker's requests.</exception>
    public async Task<RunSummary> RunAsync(RunSignals signals)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(signals.Drain, signals.Stop, _ending.Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Stop);
        using var rest = new CancellationTokenSource();
        var heartbeats = new Heartbeats(pool, _book, _patience, settings.HeartbeatEvery, report, time);
        try
        {
            await heartbeats.BeatAsync(drain.Token);
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            // Told to end before the pool ever answered.
            return _summary;
        }
        var beating = heartbeats.RunAsync(rest.Token);
        var working = WorkAsync(heartbeats, drain, stop.Token);
        try
        {
            // Whatever ends out of turn, such as a token that is revoked, ends the others.
            await await Task.WhenAny(beating, working, _broken.Task);
        }
        finally
        {
            await drain.CancelAsync();
            await stop.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_carried).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await rest.CancelAsync();
            await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SayGoodbyeAsync();
        }
        return _summary;
    }

    public void Dispose()
    {
        _slots.Dispose();
        _ending.Dispose();
    }

    /// <summary>Takes work until nothing new is wanted, then waits for what runs.</summary>
    private async Task WorkAsync(Heartbeats heartbeats, CancellationTokenSource drain, CancellationToken stop)
    {
        try
        {
            await PollAsync(heartbeats, drain.Token, stop);
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            // Nothing new is taken from here on.
        }
        await drain.CancelAsync();
        heartbeats.IsDraining = true;
        heartbeats.Soon();
        await GiveBackUnseenAsync(stop);
        await Task.WhenAll(_carried);
    }

    private async Task PollAsync(Heartbeats heartbeats, CancellationToken drain, CancellationToken stop)
    {
        var hasTaken = false;
        var askedAt = time.GetTimestamp();
        var self = await _patience.AskAsync(pool.GetSelfAsync, drain);
        await work.ResumeAsync(self.Leases.Select(LeaseHold.KeyOf).ToHashSet(), drain);
        foreach (var lease in _book.NewsOf(self.Leases, askedAt))
        {
            settings.Allowance.Take(1);
            Carry(lease, hasSlot: false);
        }
        // The first request does not wait, so that a worker without work can say soon that it has none, and why.
        for (var wait = TimeSpan.Zero; !(settings.Once && hasTaken) && !settings.Allowance.IsSpent; wait = settings.PollEvery)
        {
            var slots = await TakeSlotsAsync(drain);
            if (slots == 0) return;
            WorkReply reply;
            IReadOnlyList<LeaseView> news;
            try
            {
                await heartbeats.ToldOfPauseAsync(drain);
                askedAt = time.GetTimestamp();
                reply = await AskAsync(slots, settings.Once ? settings.PollEvery : wait, drain);
                news = _book.NewsOf(reply.Leases, askedAt);
                foreach (var lease in news)
                {
                    if (Carry(lease, hasSlot: slots > 0) && slots > 0) slots--;
                }
            }
            finally
            {
                settings.Allowance.GiveBack(slots);
                if (slots > 0) _slots.Release(slots);
            }
            if (settings.Once) return;
            if (news.Count > 0) continue;
            // There is nothing but what failed here: better that again than nothing.
            _failed.Clear();
            if (_book.Count == 0) await _idle.TellAsync(drain);
            if (wait > TimeSpan.Zero || settings.PollEvery == TimeSpan.Zero) await PauseAsync(reply, askedAt, drain);
        }

        bool Carry(LeaseView lease, bool hasSlot)
        {
            if (_book.Add(lease, heartbeats.Soon) is not { } hold) return false;
            hasTaken = true;
            _carried.RemoveAll(task => task.IsCompletedSuccessfully);
            _carried.Add(CarryAsync(hold, hasSlot, heartbeats, drain, stop));
            // How long it still is, the next heartbeat's answer tells.
            heartbeats.Soon();
            return true;
        }
    }

    /// <summary>Waits for a place among the tasks that run at once, and takes all that are free and allowed.</summary>
    /// <returns>0 = no more tasks are allowed.</returns>
    private async Task<int> TakeSlotsAsync(CancellationToken drain)
    {
        await _slots.WaitAsync(drain);
        var slots = 1;
        while (_slots.Wait(0, CancellationToken.None)) slots++;
        var allowed = settings.Allowance.Take(slots);
        if (allowed < slots) _slots.Release(slots - allowed);
        return allowed;
    }

    private Task<WorkReply> AskAsync(int slots, TimeSpan wait, CancellationToken drain)
    {
        var key = Guid.NewGuid().ToString("N");
        // A fault of the worker's own is to cost each task one attempt at most: what failed comes again after all others.
        string[] unwanted = [.. _refused.Concat(_failed).TakeLast(MaxExcluded)];
        var request = new ClaimRequest
        {
            WaitSeconds = (int)wait.TotalSeconds,
            Max = slots,
            Repos = settings.Repos.Count > 0 ? settings.Repos : null,
            Exclude = unwanted.Length > 0 ? unwanted : null,
        };
        return _patience.AskAsync(inner => pool.ClaimAsync(request, key, inner), drain);
    }

    /// <summary>If the pool answered at once that it has nothing, waits as long as it says. While a lease is not begun the pool always answers
    /// at once; that is soon over here, so then one second is enough.</summary>
    private async Task PauseAsync(WorkReply reply, long askedAt, CancellationToken drain)
    {
        if (settings.PollEvery > TimeSpan.Zero && time.GetElapsedTime(askedAt) >= settings.PollEvery / 2) return;
        var hasUnbegun = reply.Leases.Any(lease => lease.Status == Steps.Leased);
        await Task.Delay(TimeSpan.FromSeconds(hasUnbegun ? 1 : Math.Max(1, reply.RetryAfterSeconds ?? 1)), time, drain);
    }
}
