using OwpPool.Core.Analytics;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Analytics;

public sealed class AnalyticsRulesTests
{
    private static readonly DateTimeOffset From = new(2026, 1, 12, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = new(2026, 1, 18, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "0 seconds")]
    [InlineData(1, "1 second")]
    [InlineData(45.04, "45 seconds")]
    [InlineData(59.96, "1 minute")]
    [InlineData(60, "1 minute")]
    [InlineData(90, "1.5 minutes")]
    [InlineData(3_599, "1 hour")]
    [InlineData(3_600, "1 hour")]
    [InlineData(86_399, "1 day")]
    [InlineData(198_720, "2.3 days")]
    [InlineData(8_640_000, "100 days")]
    public void DurationText_Seconds_AreWords(double seconds, string words) => Assert.Equal(words, DurationText.Of(seconds));

    [Theory]
    [InlineData("last_7_days", "2026-01-12")]
    [InlineData("last_30_days", "2025-12-20")]
    [InlineData("last_90_days", "2025-10-21")]
    public void Period_Word_BeginsAtMidnightSoManyDaysAgo(string word, string day) =>
        Assert.Equal(day + " 00:00", AnalyticsPeriod.Find(word)!.Start(To).ToString("yyyy-MM-dd HH:mm", null));

    [Fact]
    public void Period_OtherWord_IsNone() => Assert.Null(AnalyticsPeriod.Find("last_8_days"));

    [Theory]
    [InlineData(0, 0, 0, "")]
    [InlineData(60, 10, 20, "workers")]
    [InlineData(20, 10, 60, "code_review")]
    [InlineData(20, 60, 30, "")]
    [InlineData(60, 60, 0, "")]
    [InlineData(60, 10, 60, "code_review")]
    [InlineData(1, 0, 0, "workers")]
    public void Bottlenecks_Waits_NameTheLongestStageThatIsNotWork(int ready, int hands, int review, string expected) =>
        Assert.Equal(expected, string.Join(' ', Bottlenecks.Find(Wait(ready), Wait(hands), Wait(review), [], new HashSet<string>())));

    [Fact]
    public void Bottlenecks_SkillsThatNobodyHas_AreNamedOnceInOrder() => Assert.Equal(
        ["workers", "skills:go", "skills:rust"],
        Bottlenecks.Find(Wait(5), Wait(0), Wait(0), ["rust", "sql", "go", "rust"], new HashSet<string> { "sql" }));

    [Fact]
    public void Durations_OddAndEven_HaveTheirMedian()
    {
        Assert.Null(Durations.Of([]));
        Assert.Equal(new Durations(4, 3), Durations.Of([3, 8, 1]));
        Assert.Equal(new Durations(4, 3.5), Durations.Of([8, 4, 3, 1]));
    }

    [Fact]
    public void Utilization_OverlappingLeases_CountOnce()
    {
        var times = new WorkerTimes(From, To);
        times.AddLease("w_1", From.AddHours(1), From.AddHours(5));
        times.AddLease("w_1", From.AddHours(2), From.AddHours(3));
        times.AddLease("w_1", From.AddHours(4), From.AddHours(6));
        times.AddPresence("w_1", From.AddHours(10), wasOnline: true, isOnline: false);
        Assert.Equal(0.5, times.Utilization(onlyBusy: true));
    }

    [Fact]
    public void Utilization_WorkersThatComeAndGo_CountWhileTheyAreThere()
    {
        var times = new WorkerTimes(From, To);
        // Registered after 2 h, away from 4 h to 5 h, gone at 10 h: 7 h.
        times.AddPresence("w_1", From.AddHours(2), wasOnline: false, isOnline: true);
        times.AddPresence("w_1", From.AddHours(4), wasOnline: true, isOnline: false);
        times.AddPresence("w_1", From.AddHours(5), wasOnline: false, isOnline: true);
        times.AddPresence("w_1", From.AddHours(6), wasOnline: true, isOnline: true);
        times.AddPresence("w_1", From.AddHours(10), wasOnline: true, isOnline: false);
        // There all the time, 156 h, with nothing to do; and one that never was.
        times.AddWorker("w_2", From.AddDays(-3), isOnline: true);
        times.AddWorker("w_3", From.AddDays(-3), isOnline: false);
        times.AddLease("w_1", From.AddHours(-5), From.AddHours(3.5));

        Assert.Equal(3.5 / 7, times.Utilization(onlyBusy: true), 9);
        Assert.Equal(3.5 / 163, times.Utilization(onlyBusy: false), 9);
    }

    [Fact]
    public void Utilization_Nobody_IsZeroAndNeverMoreThanOne()
    {
        Assert.Equal(0, new WorkerTimes(From, To).Utilization(onlyBusy: false));
        var times = new WorkerTimes(From, To);
        times.AddPresence("w_1", From.AddHours(1), wasOnline: true, isOnline: false);
        times.AddLease("w_1", From, From.AddHours(2));
        Assert.Equal(1, times.Utilization(onlyBusy: false));
    }

    [Fact]
    public void Flow_MovesOutsideThePeriod_DoNotCount()
    {
        var flow = new FlowStatistics(From, To);
        foreach (var at in new[] { From.AddSeconds(-1), To.AddSeconds(1) })
            flow.Add(new TaskMove { At = at, From = TaskPhase.PrOpened, To = TaskPhase.Merged, Since = at.AddDays(-1) });

        var metrics = flow.ToMetrics(ofARepo: false);

        Assert.Equal((0, 0, 0), (metrics.TasksCompleted, metrics.PrMergeRate, flow.Review.Count));
        Assert.Equal(7, metrics.MergedByDay.Count);
    }

    [Fact]
    public void Flow_MovesAtTheEdges_Count()
    {
        var flow = new FlowStatistics(From, To);
        foreach (var at in new[] { From, To })
            flow.Add(new TaskMove { At = at, From = TaskPhase.PrOpened, To = TaskPhase.Merged, Since = at.AddDays(-1), LeasedAt = at.AddDays(1) });

        var metrics = flow.ToMetrics(ofARepo: false);

        Assert.Equal([1, 0, 0, 0, 0, 0, 1], metrics.MergedByDay.Select(day => day.Count));
        // The clock stepped back between lease and merge.
        Assert.Equal(new Durations(0, 0), metrics.Completion);
        Assert.Null(metrics.Lead);
    }

    private static Waits Wait(int seconds)
    {
        var waits = new Waits();
        if (seconds > 0) waits.Add(From, From.AddSeconds(seconds));
        return waits;
    }
}
