using OwpPool.Core.Shared;

namespace OwpPool.Core.Tests.Shared;

public sealed class HearingTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(90);

    [Fact]
    public void SilentAt_NothingMissed_IsTheSilenceAfterTheLastSign() => Assert.Equal(At(100), Hearing.From(Start).SilentAt(At(10), Ttl));

    [Fact]
    public void SilentAt_LastHeardBeforeTheStart_CountsFromTheStart() => Assert.Equal(At(90), Hearing.From(Start).SilentAt(At(-3_600), Ttl));

    [Theory]
    [InlineData(10, 700)] // heard before the gap: all of it is missed
    [InlineData(400, 790)] // heard within it, by a clock that ran on
    [InlineData(800, 890)] // heard after it
    public void SilentAt_AGapOfTenMinutes_DoesNotCountIt(int heardAt, int silentAt) =>
        Assert.Equal(At(silentAt), Hearing.From(Start).Missed(At(100), At(700)).SilentAt(At(heardAt), Ttl));

    [Fact]
    public void SilentAt_SeveralGaps_CountsNoneOfThem()
    {
        var hearing = Hearing.From(Start).Missed(At(20), At(120)).Missed(At(150), At(250)).Missed(At(200), At(260));

        Assert.Equal(At(10 + 90 + 100 + 110), hearing.SilentAt(At(10), Ttl));
        Assert.Equal(At(260), hearing.HearsSince);
    }

    [Fact]
    public void Missed_MoreGapsThanAreKept_ForgetsTheOldest()
    {
        var hearing = Hearing.From(Start);
        for (var gap = 0; gap <= Hearing.MostSpells; gap++) hearing = hearing.Missed(At((gap * 10) + 1), At((gap * 10) + 2));

        Assert.Equal(At(90 + Hearing.MostSpells), hearing.SilentAt(At(0), Ttl));
    }

    private static DateTimeOffset At(int seconds) => Start.AddSeconds(seconds);
}
