using System.Globalization;
using System.Net;
using OwpPool.Server.GitHub.Api;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub;

public sealed class RateGateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private readonly ManualTimeProvider _clock = new(Start);
    private readonly RateGate _gate;

    public RateGateTests() => _gate = new RateGate(_clock);

    [Fact]
    public void Wait_RetryAfter_LastsAsLongAsSaidAndThenEnds()
    {
        Assert.True(Learn(429, ("Retry-After", "90")));
        Assert.Equal(TimeSpan.FromSeconds(90), _gate.Wait);
        _clock.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal(TimeSpan.FromSeconds(1), _gate.Wait);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, _gate.Wait);
    }

    [Fact]
    public void Wait_LimitSpent_LastsUntilItBeginsAnew()
    {
        Assert.False(Learn(200, ("X-RateLimit-Remaining", "0"), Reset(Start.AddMinutes(20))));
        Assert.Equal(TimeSpan.FromSeconds(1201), _gate.Wait);
    }

    [Fact]
    public void Wait_LaterAnswerNamesAnEarlierEnd_IsNotShortened()
    {
        Learn(403, ("Retry-After", "300"));
        Learn(200, ("X-RateLimit-Remaining", "0"), Reset(Start.AddSeconds(10)));
        Assert.Equal(TimeSpan.FromSeconds(300), _gate.Wait);
    }

    [Theory]
    [InlineData(-600)]
    [InlineData(600)]
    public void Wait_GitHubsClockIsAnother_CountsByThat(int seconds)
    {
        var theirs = Start.AddSeconds(seconds);
        Learn(403, ("X-RateLimit-Remaining", "0"), Reset(theirs.AddMinutes(5)), ("Date", theirs.ToString("R", CultureInfo.InvariantCulture)));
        Assert.Equal(TimeSpan.FromSeconds(301), _gate.Wait);
    }

    [Fact]
    public void Wait_RefusedAfterItsHourIsOver_IsNotAskedAgainAtOnce()
    {
        Assert.True(Learn(403, ("X-RateLimit-Remaining", "0"), Reset(Start.AddSeconds(-10))));
        Assert.Equal(TimeSpan.FromMinutes(1), _gate.Wait);
    }

    [Fact]
    public void Wait_RefusedAgainAndAgainWithoutAWord_GetsLonger()
    {
        Learn(429);
        _clock.Advance(_gate.Wait);
        Learn(429);
        Assert.Equal(TimeSpan.FromMinutes(2), _gate.Wait);
        _clock.Advance(_gate.Wait);
        Learn(200);
        Learn(429);
        Assert.Equal(TimeSpan.FromMinutes(1), _gate.Wait);
    }

    [Fact]
    public void Wait_StrangeInstant_EndsTheTrafficForAnHourAtMost()
    {
        Learn(200, ("X-RateLimit-Remaining", "0"), Reset(Start.AddYears(5)));
        Assert.Equal(TimeSpan.FromMinutes(65), _gate.Wait);
    }

    private bool Learn(int status, params (string Name, string Value)[] headers)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status);
        foreach (var (name, value) in headers) Assert.True(answer.Headers.TryAddWithoutValidation(name, value));
        return _gate.Learn(answer, isAboutLimits: false);
    }

    private static (string, string) Reset(DateTimeOffset at) =>
        ("X-RateLimit-Reset", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
}
