using OwpPool.Cli.Run;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>A worker whose process was stopped, or whose machine was suspended: what its clock says when it goes on is no proof of what the
/// pool holds.</summary>
public sealed class StoppedProcessTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(300);

    private readonly StoppableClock _clock = new();
    private readonly LeaseView _lease =
        new() { TaskId = "t_1", LeaseId = "l_1", Repo = "shop", Title = "Mend the roof", LeaseTtlSeconds = (int)Length.TotalSeconds };

    private int _asked;

    [Fact]
    public void Lease_EndsWhileTheProcessRuns_IsLostAtOnce()
    {
        using var hold = Hold();

        _clock.Advance(Length);

        Assert.Equal(("lease_expired", 0), (hold.LossReason, _asked));
    }

    [Fact]
    public void Lease_EndsWhileTheProcessIsStopped_IsAskedForAndGoesOnAsThePoolSays()
    {
        using var hold = Hold();
        _clock.Advance(Length / 2);

        _clock.Stop(TimeSpan.FromMinutes(10));
        _clock.Advance(Length / 2);
        Assert.Equal((null, 1), (hold.LossReason, _asked));

        hold.Remains(Length, TimeSpan.FromSeconds(1));
        _clock.Advance(Length - TimeSpan.FromSeconds(2));
        Assert.Null(hold.LossReason);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("lease_expired", 1), (hold.LossReason, _asked));
    }

    [Fact]
    public void Lease_PoolDoesNotAnswerAfterTheStop_IsGivenUp()
    {
        using var hold = Hold();
        _clock.Stop(TimeSpan.FromMinutes(10));
        _clock.Advance(Length);

        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.Null(hold.LossReason);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(("lease_expired", 1), (hold.LossReason, _asked));
    }

    [Fact]
    public void Compare_AnswerReadLongAfterItWasGiven_AsksAgain()
    {
        var book = new LeaseBook(_clock);
        var hold = book.Add(_lease, () => _asked++)!;
        _clock.Advance(TimeSpan.FromSeconds(1));
        var askedAt = _clock.GetTimestamp();
        var reply = new HeartbeatReply
        {
            ServerTime = _clock.GetUtcNow(),
            Leases = [new HeldLease("l_1", "t_1", _clock.GetUtcNow() + Length, (long)Length.TotalSeconds)],
        };
        _clock.Stop(TimeSpan.FromMinutes(10));

        book.Compare(reply, askedAt);

        Assert.Equal((null, 1), (hold.LossReason, _asked));
        book.Remove(hold);
    }

    [Fact]
    public async Task Limit_ProcessStopped_CountsOnlyTheTimeInWhichItRan()
    {
        using var limit = new RunningLimit(TimeSpan.FromSeconds(12), _clock);

        foreach (var seconds in new[] { 5, 5, 1 })
        {
            await Eventually.TrueAsync(() => _clock.ArmedTimers == 1, "it waits");
            _clock.Stop(TimeSpan.FromHours(1));
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }
        Assert.False(limit.Token.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => limit.Token.IsCancellationRequested, "the time is over");
    }

    private LeaseHold Hold() => new(_lease, _clock, () => _asked++);

    /// <summary>A clock of which time can pass that no timer sees.</summary>
    private sealed class StoppableClock : TimeProvider
    {
        private readonly ManualTimeProvider _running = new();
        private TimeSpan _stopped;

        public int ArmedTimers => _running.ArmedTimers;

        public override long TimestampFrequency => _running.TimestampFrequency;

        public override long GetTimestamp() => _running.GetTimestamp() + _stopped.Ticks;

        public override DateTimeOffset GetUtcNow() => _running.GetUtcNow() + _stopped;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _running.CreateTimer(callback, state, dueTime, period);

        public void Advance(TimeSpan by) => _running.Advance(by);

        public void Stop(TimeSpan length) => _stopped += length;
    }
}
