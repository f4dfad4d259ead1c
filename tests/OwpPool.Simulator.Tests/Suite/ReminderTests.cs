namespace OwpPool.Simulator.Tests;

public sealed class ReminderTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory, EachEngine]
    public Task Reminder_DueAndPeriod_TicksAtThoseTimes(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", 2 * Minute, Minute);

        await lab.PassAsync(4.5 * Minute);

        Assert.Equal([2, 3, 4], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Reminder_DueAtOnce_TicksWithinAMillisecond(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", TimeSpan.Zero, Minute);

        await lab.PassAsync(1.5 * Minute);

        Assert.Equal([0.001, 60], lab.Journal.SecondsOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Tick_Status_TellsTheScheduleAndTheTime(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.PassAsync(Minute);
        await lab.Get<IReminderGrain>("r").Register("tell", 2 * Minute, Minute);

        await lab.PassAsync(3.5 * Minute);

        Assert.Equal(
            ["first at 00:03:00, each 00:01:00, now 00:03:00", "first at 00:03:00, each 00:01:00, now 00:04:00"],
            lab.Journal.Lines.Where(line => line.StartsWith("first", StringComparison.Ordinal)));
    });

    [Theory, EachEngine]
    public Task Reminder_GrainDeactivated_ActivatesIt(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", Minute, Minute);
        await lab.Get<IReminderGrain>("r").End();
        await lab.UntilWrittenAsync("gone");

        await lab.PassAsync(1.5 * Minute);

        Assert.Equal(["activated", "gone", "activated", "sweep"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Reminder_AfterARestart_TicksOn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", 2 * Minute, Minute);
        await lab.PassAsync(2.5 * Minute);

        await lab.RestartAsync();
        await lab.PassAsync(2 * Minute);

        Assert.Equal([2, 3, 4], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Reminder_DueWhileTheProcessWasDown_IsDroppedUntilTheNextMultiple(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", Minute, 4 * Minute);

        await lab.RestartAsync(down: 2 * Minute);
        await lab.PassAsync(8 * Minute);

        Assert.Equal([5, 9], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Register_Again_ReplacesTheSchedule(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", Minute, Minute);

        await lab.Get<IReminderGrain>("r").Register("sweep", 5 * Minute, 3 * Minute);
        await lab.PassAsync(9 * Minute);

        Assert.Equal([5, 8], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Register_AgainWithinATick_ReplacesTheSchedule(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("again", Minute, Minute);

        await lab.PassAsync(14.5 * Minute);

        Assert.Equal([1, 4, 14], lab.Journal.MinutesOf("again"));
    });

    [Theory, EachEngine]
    public Task Reminders_OfTwoGrainsWithOneName_AreApart(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("one").Register("sweep", Minute, 10 * Minute);
        await lab.Get<IReminderGrain>("two").Register("sweep", 2 * Minute, 10 * Minute);

        await lab.Get<IReminderGrain>("one").Unregister("sweep");
        await lab.PassAsync(3 * Minute);

        Assert.Equal([2], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Unregister_ThenTimePasses_NoTick(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IReminderGrain>("r");
        await grain.Register("sweep", Minute, Minute);
        await grain.Register("other", Minute, Minute);
        Assert.Equal(["other", "sweep"], await grain.Names());

        await grain.Unregister("sweep");
        await lab.PassAsync(1.5 * Minute);

        Assert.Equal(["activated", "other"], lab.Journal.Lines);
        Assert.Equal(["other"], await grain.Names());
        Assert.False(await grain.Has("sweep"));
    });

    [Theory, EachEngine]
    public Task Unregister_WithinATick_EndsTheReminder(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("once", Minute, Minute);

        await lab.PassAsync(5 * Minute);

        Assert.Equal([1], lab.Journal.MinutesOf("once"));
        Assert.False(await lab.Get<IReminderGrain>("r").Has("once"));
    });

    [Theory, EachEngine]
    public Task Unregister_StaleHandle_Throws(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await Expect.ThrowsAsync<ReminderException>(() => lab.Get<IReminderGrain>("r").UnregisterStale("sweep"));

        await lab.PassAsync(1.5 * Minute);
        Assert.Equal([1], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Unregister_Twice_IsHarmless(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").UnregisterTwice("sweep");

        await lab.PassAsync(5 * Minute);

        Assert.Equal(["activated"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Tick_Throws_TheNextComes(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("throw", Minute, Minute);

        await lab.PassAsync(2.5 * Minute);

        Assert.Equal([1, 2], lab.Journal.MinutesOf("throw"));
    });

    [Theory, EachEngine]
    public Task Tick_LongerThanItsPeriod_TheNextComesAtTheNextMultiple(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("slow", Minute, Minute);

        // The tick is a call and times out after 30 seconds; the grain goes on until its gate opens.
        await lab.PassAsync(1.75 * Minute);
        lab.Journal.Open("slow");
        await lab.PassAsync(2 * Minute);

        Assert.Equal([1, 2, 3], lab.Journal.MinutesOf("slow"));
    });

    [Theory, EachEngine]
    public Task Reminder_WrittenByAnother_IsFoundByTheRefresh(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.PassAsync(TimeSpan.FromSeconds(40));
        await lab.ReminderTable.UpsertRow(new ReminderEntry
        {
            GrainId = lab.Get<IReminderGrain>("r").GetGrainId(),
            ReminderName = "sweep",
            StartAt = lab.Journal.Clock.GetUtcNow().UtcDateTime,
            Period = Minute,
        });

        await lab.PassAsync(7 * Minute);

        // The table is read each 5 minutes; on Orleans, up to half a minute later.
        Assert.Equal([340, 400, 460], lab.Journal.SecondsOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Reminder_DeletedByAnother_EndsWithTheRefresh(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", 6 * Minute, Minute);
        await lab.ReminderTable.TestOnlyClearTable();

        await lab.PassAsync(10 * Minute);

        Assert.Equal(["activated"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Reminder_DueBeyondTheLoadingWindow_TicksInTime(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("far", 47 * Minute, 60 * Minute);

        await lab.PassAsync(110 * Minute);

        Assert.Equal([47, 107], lab.Journal.MinutesOf("far"));
    });

    [Theory, EachEngine]
    public Task Reminder_LongPeriodOnTheBeatOfTheRefresh_TicksOnce(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", 5 * Minute, 30 * Minute);

        await lab.PassAsync(34 * Minute);

        Assert.Equal([5], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine]
    public Task Reminder_WallClockSteppedBack_WaitsForItsInstant(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IReminderGrain>("r").Register("sweep", 2 * Minute, 60 * Minute);

        lab.StepWallClock(-3 * Minute);
        await lab.PassAsync(8 * Minute);

        Assert.Equal([5], lab.Journal.MinutesOf("sweep"));
    });

    [Theory, EachEngine(-1, 60), EachEngine(1, -60)]
    public Task Register_NegativeSpan_Throws(Engine engine, int dueSeconds, int periodSeconds) => Lab.RunAsync(engine, lab =>
        Expect.ThrowsAsync<ArgumentOutOfRangeException>(() => RegisterAsync(lab, dueSeconds, periodSeconds)));

    [Theory, EachEngine(59), EachEngine(0)]
    public Task Register_PeriodBelowTheMinimum_Throws(Engine engine, int periodSeconds) => Lab.RunAsync(engine, lab =>
        Expect.ThrowsAsync<ArgumentException>(() => RegisterAsync(lab, 1, periodSeconds)));

    [Theory, EachEngine]
    public Task Register_GrainNotRemindable_Throws(Engine engine) => Lab.RunAsync(engine, lab =>
        Expect.ThrowsAsync<InvalidOperationException>(() => lab.Get<IUnremindableGrain>("r").Register()));

    private static Task RegisterAsync(Lab lab, int dueSeconds, int periodSeconds) =>
        lab.Get<IReminderGrain>("r").Register("sweep", TimeSpan.FromSeconds(dueSeconds), TimeSpan.FromSeconds(periodSeconds));
}
