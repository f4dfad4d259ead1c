using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains.Workers;

/// <summary>Whether the worker lives, and what becomes of its leases when it does not (protocol rule 7).</summary>
public sealed partial class WorkerGrain
{
    private const string LivenessReminder = "liveness";
    private static readonly TimeSpan LivenessPeriod = TimeSpan.FromMinutes(1);
    private IGrainTimer? _timer;

    /// <summary>Not judged before this. Signs of life are stored now and then only: an activation that knows a worker from the disk lets it be
    /// heard first.</summary>
    private DateTimeOffset _judgedFrom;

    private DateTimeOffset SilentAt => hearing.Current.SilentAt(_seenAt, _rules.HeartbeatTtl);

    private DateTimeOffset LostAt => hearing.Current.SilentAt(_seenAt, _rules.HeartbeatTtl + _rules.OfflineGrace);

    /// <summary>After a gap in what could be heard, what waits in the sockets is heard first.</summary>
    private DateTimeOffset JudgedFrom
    {
        get
        {
            var heard = hearing.Current;
            var afterGap = heard.HearsSince > heard.StartedAt ? heard.HearsSince + _hearing : heard.StartedAt;
            return afterGap > _judgedFrom ? afterGap : _judgedFrom;
        }
    }

    /// <summary>Whether its silence would matter: it is online, or something is still leased or offered to it.</summary>
    private bool IsToBeWatched => State.Exists && (State.Status is not WorkerStatus.Offline || _held.Count > 0);

    /// <inheritdoc />
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!State.Exists) return;
        _seenAt = State.LastSeenAt;
        _judgedFrom = clock.Now() + _hearing;
        foreach (var task in await reader.ReadHeldByWorkerAsync(State.WorkerId, cancellationToken)) _held.Load(task);
        _wishes.UnionWith(await reader.ReadWishesAsync(State.WorkerId, cancellationToken));
        Arm();
    }

    /// <inheritdoc />
    public async Task WakeAsync()
    {
        EnsureServing();
        if (!IsToBeWatched) return;
        // It can be missing after two activations of this worker ran side by side.
        if (await this.GetReminder(LivenessReminder) is null) await WatchAsync();
    }

    /// <summary>A wake-up; may be late, missed or doubled. What is due is judged by the last sign of life.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await WatchLifeAsync();
        if (IsToBeWatched) return;
        if (await this.GetReminder(LivenessReminder) is { } reminder) await this.UnregisterReminder(reminder);
    }

    /// <summary>Registers the reminder that checks on this worker, also after restarts. Call it before the row says that the worker is
    /// online: a write that reports failure may have been done.</summary>
    private Task WatchAsync() => this.RegisterOrUpdateReminder(LivenessReminder, LivenessPeriod, LivenessPeriod);

    /// <summary>Offline after too long a silence: what is not begun goes back at once, the rest after the grace.</summary>
    private async Task WatchLifeAsync()
    {
        EnsureServing();
        if (!State.Exists) return;
        var now = clock.Now();
        if (now < JudgedFrom)
        {
            Arm();
            return;
        }
        if (WorkerLifecycle.Silent(State, _seenAt, _rules, hearing.Current, now).Next is { } silent) await StoreAsync(silent);
        if (State.Status is WorkerStatus.Offline && now >= SilentAt)
        {
            await CheckLeasesAsync(renew: false);
            await LetGoOfUnstartedAsync(AttemptOutcome.Offline, $"The worker was last seen at {Instants.Text(_seenAt)}.");
            if (now >= LostAt)
                await LetGoAsync(_held.Leases, AttemptOutcome.Offline, $"The worker was last seen at {Instants.Text(_seenAt)}.");
        }
        Arm();
    }

    private Task LetGoOfUnstartedAsync(AttemptOutcome outcome, string reason) =>
        LetGoAsync(_held.Unstarted, outcome, reason);

    private async Task LetGoAsync(IReadOnlyList<LeaseView> leases, AttemptOutcome outcome, string reason)
    {
        foreach (var lease in leases)
        {
            var isBack = await TryAsync(lease.Repo, repo => repo.GiveBackAsync(new ReturnTask(State.WorkerId, lease.TaskId, lease.LeaseId,
                Token: null, outcome, reason, TimeSpan.Zero, Actors.System)));
            // What is still held is tried again when this worker is next looked at.
            if (!isBack) continue;
            _held.Drop(lease.TaskId);
            if (lease.Phase.IsLeased()) _lost.Add(new LostTask(lease.TaskId, RefusalReason.LeaseLost));
        }
    }

    /// <summary>Wakes this activation at its next deadline; the reminder does the same, a minute late at most, when there is none.</summary>
    private void Arm()
    {
        if (!IsToBeWatched) return;
        var now = clock.Now();
        var due = State.Status is WorkerStatus.Offline ? LostAt : SilentAt;
        if (JudgedFrom is var judged && due < judged) due = judged;
        // A deadline that has passed unserved is retried, not spun on.
        var delay = due > now ? due - now : TimeSpan.FromSeconds(1);
        if (_timer is null)
            _timer = this.RegisterGrainTimer(_ => WatchLifeAsync(), new() { DueTime = delay, Period = Timeout.InfiniteTimeSpan });
        else
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }
}
