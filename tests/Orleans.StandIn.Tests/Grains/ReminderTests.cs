using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.ReminderService;

namespace Orleans.StandIn.Tests;

public sealed class ReminderTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Reminder_DueAndPeriod_TicksAtThoseTimes()
    {
        using var lab = new Lab();
        Register(lab, "sweep", 2 * Minute, Minute);

        Assert.Empty(TicksAfter(lab, 1.9 * Minute));
        Assert.Equal(["sweep +2 late 0"], TicksAfter(lab, 0.1 * Minute));
        Assert.Equal(["sweep +2 late 0"], TicksAfter(lab, 0.9 * Minute));
        Assert.Equal(["sweep +2 late 0", "sweep +2 late 1"], TicksAfter(lab, 0.1 * Minute));
    }

    [Fact]
    public void Reminder_GrainDeactivated_ActivatesIt()
    {
        using var lab = new Lab();
        Register(lab, "sweep", Minute, Minute);
        lab.Run(() => lab.Get<IReminderGrain>("r").End());

        Assert.Single(TicksAfter(lab, Minute));
        Assert.Equal(2, lab.Journal.Count("activated"));
    }

    [Fact]
    public void Reminder_AfterRestart_TicksOn()
    {
        using var lab = new Lab();
        Register(lab, "sweep", 2 * Minute, Minute);

        lab.Silo.Restart();

        Assert.Equal(["sweep +2 late 0"], TicksAfter(lab, 2 * Minute));
    }

    [Fact]
    public void Reminder_DueWhileTheProcessWasDown_IsDroppedUntilTheNextMultiple()
    {
        using var lab = new Lab();
        Register(lab, "sweep", Minute, 4 * Minute);
        lab.Silo.Kill();
        lab.Pass(2 * Minute);

        lab.Silo.Restart();

        Assert.Empty(TicksAfter(lab, 2.9 * Minute));
        Assert.Equal(["sweep +1 late 4"], TicksAfter(lab, 0.1 * Minute));
    }

    [Fact]
    public void Register_Again_ReplacesTheSchedule()
    {
        using var lab = new Lab();
        Register(lab, "sweep", Minute, Minute);

        Register(lab, "sweep", 5 * Minute, 5 * Minute);

        Assert.Empty(TicksAfter(lab, 4.9 * Minute));
        Assert.Equal(["sweep +5 late 0"], TicksAfter(lab, 0.1 * Minute));
    }

    [Fact]
    public void Unregister_ThenTimePasses_NoTick()
    {
        using var lab = new Lab();
        Register(lab, "sweep", Minute, Minute);
        Register(lab, "other", Minute, Minute);

        lab.Run(() => lab.Get<IReminderGrain>("r").Unregister("sweep"));

        Assert.Equal(["other +1 late 0"], TicksAfter(lab, Minute));
        Assert.Equal(["other"], lab.Run(() => lab.Get<IReminderGrain>("r").Names()));
        Assert.False(lab.Run(() => lab.Get<IReminderGrain>("r").Has("sweep")));
    }

    [Fact]
    public void Unregister_StaleHandle_Throws()
    {
        using var lab = new Lab();

        Assert.Throws<ReminderException>(() => lab.Run(() => lab.Get<IReminderGrain>("r").UnregisterStale("sweep")));
    }

    [Fact]
    public void Unregister_Twice_IsHarmless()
    {
        using var lab = new Lab();

        lab.Run(() => lab.Get<IReminderGrain>("r").UnregisterTwice("sweep"));

        Assert.Empty(TicksAfter(lab, 5 * Minute));
    }

    [Fact]
    public void Tick_Throws_TheNextComes()
    {
        using var lab = new Lab();
        Register(lab, "throw", Minute, Minute);

        Assert.Equal(["throw +1 late 0", "throw +1 late 1"], TicksAfter(lab, 2 * Minute));
    }

    [Fact]
    public void Tick_LongerThanItsTimeoutAndPeriod_DoesNotOverlap()
    {
        using var lab = new Lab();
        Register(lab, "slow", Minute, Minute);

        // The tick is a call and times out; the grain stays busy, so that later ticks wait and time out as well.
        Assert.Single(TicksAfter(lab, 4 * Minute));
        lab.Open("slow");

        Assert.Equal(["slow +1 late 0", "slow +1 late 3", "slow +1 late 4"], TicksAfter(lab, Minute));
    }

    [Fact]
    public void Reminder_WrittenByAnother_IsFoundByTheRefresh()
    {
        using var lab = new Lab();
        lab.Pass(TimeSpan.FromSeconds(1));
        lab.Run(() => Table(lab).UpsertRow(new ReminderEntry
        {
            GrainId = lab.Get<IReminderGrain>("r").GetGrainId(),
            ReminderName = "sweep",
            StartAt = lab.Silo.Clock.GetUtcNow().UtcDateTime,
            Period = Minute,
        }));

        Assert.Empty(TicksAfter(lab, 4.9 * Minute));
        Assert.NotEmpty(TicksAfter(lab, 1.1 * Minute));
    }

    [Fact]
    public void Reminder_DeletedByAnother_EndsWithTheRefresh()
    {
        using var lab = new Lab();
        Register(lab, "sweep", 6 * Minute, Minute);
        lab.Run(() => Table(lab).TestOnlyClearTable());

        Assert.Empty(TicksAfter(lab, 10 * Minute));
    }

    [Fact]
    public void Reminder_DueBeyondTheLoadingWindow_TicksInTime()
    {
        using var lab = new Lab();
        Register(lab, "far", 47 * Minute, 60 * Minute);

        Assert.Empty(TicksAfter(lab, 46.9 * Minute));
        Assert.Equal(["far +47 late 0"], TicksAfter(lab, 0.1 * Minute));
        Assert.Equal(["far +47 late 0", "far +47 late 60"], TicksAfter(lab, 60 * Minute));
    }

    [Fact]
    public void Reminder_LongPeriodOnTheBeatOfTheRefresh_TicksOnce()
    {
        using var lab = new Lab();
        Register(lab, "sweep", 5 * Minute, 30 * Minute);

        Assert.Equal(["sweep +5 late 0"], TicksAfter(lab, 34 * Minute));
    }

    [Fact]
    public void Reminder_WallClockSteppedBack_WaitsForItsInstant()
    {
        using var lab = new Lab();
        Register(lab, "sweep", 2 * Minute, 60 * Minute);
        lab.Silo.Clock.StepWallClock(-3 * Minute);

        Assert.Empty(TicksAfter(lab, 4.9 * Minute));
        Assert.Equal(["sweep +2 late 0"], TicksAfter(lab, 0.2 * Minute));
    }

    [Theory]
    [InlineData(-1, 60)]
    [InlineData(1, 59)]
    [InlineData(1, 0)]
    [InlineData(1, -60)]
    public void Register_BadSpans_Throws(int dueSeconds, int periodSeconds)
    {
        using var lab = new Lab();

        Assert.ThrowsAny<ArgumentException>(
            () => Register(lab, "sweep", TimeSpan.FromSeconds(dueSeconds), TimeSpan.FromSeconds(periodSeconds)));
    }

    [Fact]
    public void Register_GrainNotRemindable_Throws()
    {
        using var lab = new Lab();

        Assert.Throws<InvalidOperationException>(() => lab.Run(() => lab.Get<IUnremindableGrain>("r").Register()));
    }

    [Fact]
    public async Task Register_NoReminderService_SaysSo()
    {
        await using var host = await TestHost.StartAsync();

        await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.Get<IReminderGrain>("r").Register("sweep", Minute, Minute));
    }

    [Fact]
    public async Task Start_LoadingWindowBelowRefresh_Fails()
    {
        await Assert.ThrowsAsync<OrleansConfigurationException>(() => TestHost.StartAsync(silo => silo
            .UseInMemoryReminderService()
            .Configure<ReminderOptions>(options => options.ReminderLoadingWindow = Minute)));
    }

    [Fact]
    public async Task Stop_TickUnderWay_EndsFirst()
    {
        await using var host = await TestHost.StartAsync(silo => silo.UseInMemoryReminderService());
        await host.Get<IReminderGrain>("r").Register("slow", Minute, Minute);
        host.Clock.Advance(Minute);
        await Eventually.True(() => host.Journal.Lines.Any(line => line.StartsWith("slow +", StringComparison.Ordinal)), "the tick");
        var stop = host.StopAsync();
        Assert.False(stop.IsCompleted);

        host.Journal.Open("slow");

        await Eventually.Ends(stop, "the stop");
        Assert.Equal(1, host.Journal.Count("slow over"));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(9, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 17)]
    [InlineData(17, 17)]
    [InlineData(24.5, 31)]
    public void NextTick_AtAnInstant_IsTheNextMultiple(double now, int expected)
    {
        var epoch = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var entry = new ReminderEntry { StartAt = epoch.AddMinutes(10), Period = TimeSpan.FromMinutes(7) };

        Assert.Equal(epoch.AddMinutes(expected), ReminderSchedule.NextTick(entry, epoch.AddMinutes(now)));
    }

    [Fact]
    public void FollowingTick_AskedAtTheTickItself_IsAPeriodLater()
    {
        var epoch = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var entry = new ReminderEntry { StartAt = epoch, Period = TimeSpan.FromMinutes(7) };

        Assert.Equal(epoch.AddMinutes(7), ReminderSchedule.FollowingTick(entry, epoch, epoch));
        Assert.Equal(epoch.AddMinutes(14), ReminderSchedule.FollowingTick(entry, epoch, epoch.AddMinutes(8)));
    }

    private static void Register(Lab lab, string name, TimeSpan dueTime, TimeSpan period) =>
        lab.Run(() => lab.Get<IReminderGrain>("r").Register(name, dueTime, period));

    private static IReminderTable Table(Lab lab) => lab.Silo.Services.GetRequiredService<IReminderTable>();

    private static string[] TicksAfter(Lab lab, TimeSpan span)
    {
        lab.Pass(span);
        return [.. lab.Journal.Lines.Where(line => line.Contains(" late ", StringComparison.Ordinal))];
    }
}
