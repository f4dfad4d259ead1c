using Microsoft.Extensions.Logging;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>Coming to life, deadlines, and telling others what there is.</summary>
public sealed partial class RepoGrain
{
    private const string SweepReminder = "sweep";
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DoubtRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private const int DependenciesASecond = 1_000;
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(10);

    private IGrainTimer? _upkeepTimer;
    private DateTimeOffset _upkeepAt = DateTimeOffset.MaxValue;
    private bool _upkeeping;
    private IGrainTimer? _publishTimer;
    private bool _publishPending;
    private long _publishedAt;
    private bool _sweepRegistered;
    private TimeSpan _poll = ShortestPoll;

    /// <inheritdoc />
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!State.Exists) return;
        foreach (var entry in await reader.ReadHeldAsync(State.Repo, cancellationToken)) _ledger.Load(entry, settled: true);
        // A stored entry that no task's row knows is a grant that was under way when the last activation ended.
        foreach (var entry in State.Ledger)
            if (_ledger.Find(entry.TaskId) is null) _ledger.Load(entry, settled: false);
        await foreach (var task in reader.ReadBacklogAsync(State.Repo, cancellationToken))
            if (_ledger.Find(task.TaskId) is null) _ledger.Backlog.Add(task);
        if (_ledger.Backlog.OpenDependencies.Count > 0) await ResolveDependenciesAsync([.. _ledger.Backlog.OpenDependencies]);
        Changed();
    }

    /// <summary>A wake-up; may be late, missed or doubled. What is due is judged by the deadlines themselves.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        EnsureServing();
        _sweepRegistered = true;
        await UpkeepAsync();
        if (IsToBeWatched) return;
        // Before the await: a grant that comes meanwhile registers anew.
        _sweepRegistered = false;
        var reminder = await this.GetReminder(SweepReminder);
        // A grant may have registered the reminder meanwhile. If the read saw that one, it must stay; if not, its tag is old and the removal
        // is refused.
        if (reminder is not null && !IsToBeWatched) await this.UnregisterReminder(reminder);
    }

    /// <summary>What failed may have been done all the same, and the work that it set free must be found: whoever looks for work asks.</summary>
    protected override void OnAbandoned()
    {
        if (State.Exists) board.MarkStale(State.Repo);
    }

    /// <summary>Whether something will be due without anybody's call: a repo that slept through it would keep its work from being found.</summary>
    private bool IsToBeWatched =>
        _ledger.Used > 0 || _ledger.Backlog.OpenDependencies.Count > 0 || _ledger.Backlog.NextEligibleAt is not null;

    /// <summary>Nobody but GitHub can confirm most reviews, and it was not heard either while the server was down or stood still.</summary>
    private DateTimeOffset ReviewsJudgedFrom => hearing.Current.HearsSince + reviewOptions.Value.Hearing;

    private async Task EnsureSweepAsync()
    {
        if (_sweepRegistered || !IsToBeWatched) return;
        await this.RegisterOrUpdateReminder(SweepReminder, SweepPeriod, SweepPeriod);
        _sweepRegistered = true;
    }

    /// <summary>Ends leases whose time is over, asks tasks that are in doubt, and looks at what dependencies became.</summary>
    private async Task UpkeepAsync()
    {
        if (_upkeeping || !IsServing) return;
        _upkeeping = true;
        try
        {
            var now = clock.Now();
            Advance(now);
            foreach (var entry in _ledger.Expired(now, ReviewsJudgedFrom))
            {
                await TryAsync(entry.TaskId, id => entry.Phase is TaskPhase.PrOpened
                    ? AskAsync(id, new TaskCommand.EndReview())
                    : ExpireAsync(entry.LeaseId, id));
            }
            foreach (var entry in _ledger.Unsettled)
                await TryAsync(entry.TaskId, id => AskAsync(id, new TaskCommand.Settle(entry.LeaseId, entry.Token)));
            foreach (var taskId in _ledger.Unknown) await TryAsync(taskId, LookAtAsync);
            if (_ledger.Backlog.OpenDependencies.Count > 0)
            {
                _poll = _poll * 2 < LongestPoll ? _poll * 2 : LongestPoll;
                await ResolveDependenciesAsync([.. _ledger.Backlog.OpenDependencies]);
            }
        }
        finally
        {
            _upkeeping = false;
            _upkeepAt = DateTimeOffset.MaxValue;
            // Whatever changed has said so itself: to look and find nothing is no news.
            ArmUpkeep();
        }
    }

    /// <summary>Lets the tasks go whose rest is over; others are told of them.</summary>
    private void Advance(DateTimeOffset now)
    {
        if (_ledger.Backlog.Advance(now)) Changed();
    }

    /// <summary>One task that cannot be asked must not keep the others from being looked at; it stays in doubt.</summary>
    private async Task TryAsync(string taskId, Func<string, Task> ask)
    {
        try
        {
            await ask(taskId);
        }
        catch (Exception exception)
        {
            LogUpkeepFailed(logger, taskId, exception);
        }
    }

    /// <summary>Something changed: the summary is due, and the next deadline may be another.</summary>
    /// <param name="gained">There may be more to take than before.</param>
    private void Changed(bool gained = true)
    {
        if (!State.Exists) return;
        board.MarkStale(State.Repo, gained);
        if (!_publishPending)
        {
            _publishPending = true;
            // The first change after a quiet time is told at once; those that follow it share the next summary.
            var since = clock.GetElapsedTime(_publishedAt);
            var pause = TimeSpan.FromMilliseconds(matchingOptions.Value.PublishDelayMilliseconds);
            var delay = _publishedAt != 0 && since < pause ? pause - since : TimeSpan.Zero;
            if (_publishTimer is null)
                _publishTimer = this.RegisterGrainTimer(_ => PublishAsync(), new() { DueTime = delay, Period = Timeout.InfiniteTimeSpan });
            else
                _publishTimer.Change(delay, Timeout.InfiniteTimeSpan);
        }
        ArmUpkeep();
    }

    private void ArmUpkeep()
    {
        // A reservation whose write failed is due and stays so: the next activation looks after it.
        if (_upkeeping || !IsServing) return;
        var now = clock.Now();
        var due = DateTimeOffset.MaxValue;
        if (_ledger.NextExpiry(ReviewsJudgedFrom) is { } expiry) due = expiry;
        if (_ledger.Backlog.NextEligibleAt is { } eligible && eligible < due) due = eligible;
        if (_ledger.IsInDoubt) due = Earlier(due, now + DoubtRetry);
        if (_ledger.Backlog.OpenDependencies.Count is > 0 and var open) due = Earlier(due, now + DependencyPause(open));
        // A timer cannot be set to a day years ahead; it wakes on the way and is set again.
        if (due != DateTimeOffset.MaxValue) due = Earlier(due, now + LongestWait);
        if (due >= _upkeepAt) return;
        _upkeepAt = due;
        var delay = due > now ? due - now : TimeSpan.Zero;
        if (_upkeepTimer is null)
            _upkeepTimer = this.RegisterGrainTimer(_ => UpkeepAsync(), new() { DueTime = delay, Period = Timeout.InfiniteTimeSpan });
        else
            _upkeepTimer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private async Task PublishAsync()
    {
        _publishPending = false;
        // A clock set back makes tasks rest again. The reminder comes first: if it cannot be stored, the repo stays stale and is woken.
        await EnsureSweepAsync();
        _publishedAt = clock.GetTimestamp();
        var now = clock.GetUtcNow();
        _ledger.Backlog.Advance(now);
        var room = State.Settings.Paused ? 0 : Math.Max(0, State.Settings.MaxOpenPrs - _ledger.Used);
        var locked = RepoAdmission.LockedAreas(State.Settings, _ledger.Entries);
        var supply = new RepoSupply
        {
            Repo = State.Repo,
            Room = room,
            Trust = State.Settings.Trust,
            Shapes = room == 0 ? [] : _ledger.Backlog.Supply(locked, now),
            At = board.StampFor(State.Repo, now),
        };
        board.Publish(supply);
        var shapes = ShapeSupply.Limit(supply.Shapes, matchingOptions.Value.MaxShapes);
        await GrainFactory.GetDirectory().PublishAsync(supply with { Shapes = shapes });
    }

    /// <summary>Merges in this repo are heard of; those in others are looked for: each second where something has changed lately, then less
    /// often, and less often where there are thousands.</summary>
    private TimeSpan DependencyPause(int open) => TimeSpan.FromSeconds(Math.Clamp(open / DependenciesASecond, _poll.TotalSeconds, 60));

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "Task {TaskId} did not answer; it is asked again.")]
    private static partial void LogUpkeepFailed(ILogger logger, string taskId, Exception exception);
}
