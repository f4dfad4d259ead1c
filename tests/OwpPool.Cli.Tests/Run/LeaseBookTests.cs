using OwpPool.Cli.Run;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Answers that were on their way while something happened here.</summary>
public sealed class LeaseBookTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly LeaseBook _book;

    public LeaseBookTests() => _book = new LeaseBook(_time);

    [Fact]
    public void Compare_LeaseNotListed_IsLostUnlessYoungerThanTheQuestionOrSettling()
    {
        var old = _book.Add(Lease("l_old"), () => { })!;
        var settling = _book.Add(Lease("l_settling"), () => { })!;
        settling.IsSettling = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        var askedAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        var young = _book.Add(Lease("l_young"), () => { })!;

        _book.Compare(new HeartbeatReply { Lost = [new LostTask("t_l_old", "lease_expired")] }, askedAt);

        Assert.Equal("lease_expired", old.LossReason);
        Assert.True(old.Gone.IsCancellationRequested);
        Assert.Null(settling.LossReason);
        Assert.Null(young.LossReason);
    }

    [Fact]
    public void NewsOf_LeaseThatEndedWhileTheAnswerWasOnItsWay_IsNoneUntilAskedAgain()
    {
        var hold = _book.Add(Lease("l_1"), () => { })!;
        var askedAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        _book.Remove(hold);

        Assert.Empty(_book.NewsOf([Lease("l_1")], askedAt));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(_book.NewsOf([Lease("l_1")], _time.GetTimestamp()));
    }

    [Fact]
    public void Compare_PoolsClockDaysOff_CountsWhatRemainsAndNotTheInstant()
    {
        var hold = _book.Add(Lease("l_1"), () => { })!;
        var now = _time.GetUtcNow() + TimeSpan.FromDays(3);
        var reply = new HeartbeatReply { ServerTime = now, Leases = [new HeldLease("l_1", "t_l_1", now.AddSeconds(9.5), 9)] };
        _time.Advance(TimeSpan.FromSeconds(1));
        _book.Compare(reply, _time.GetTimestamp());

        _time.Advance(TimeSpan.FromSeconds(9.4));
        Assert.Null(hold.LossReason);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("lease_expired", hold.LossReason);
    }

    private static LeaseView Lease(string id) => new() { TaskId = $"t_{id}", Repo = "r", Title = "T", LeaseId = id, LeaseTtlSeconds = 60 };
}
