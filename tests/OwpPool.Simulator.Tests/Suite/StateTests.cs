using Orleans.Storage;

namespace OwpPool.Simulator.Tests;

public sealed class StateTests
{
    [Theory, EachEngine]
    public Task State_NeverWritten_IsDefaultConstructed(Engine engine) => Lab.RunAsync(engine, async lab =>
        Assert.Equal("initial, exists: False, etag: ", await lab.Get<INoteGrain>("n").Describe()));

    [Theory, EachEngine]
    public Task State_Written_IsThereInTheNextActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("one");
        await grain.Write("two");
        Assert.Equal("two, exists: True, etag: 2", await grain.Describe());

        await grain.End();

        Assert.Equal("two, exists: True, etag: 2", await grain.Describe());
        Assert.Equal(["ApplicationRequested"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task State_Written_IsThereAfterARestart(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<INoteGrain>("n").Write("one");

        await lab.RestartAsync();

        Assert.Equal("one, exists: True, etag: 1", await lab.Get<INoteGrain>("n").Describe());
    });

    [Theory, EachEngine]
    public Task State_Changed_IsNotStoredUnlessWritten(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("stored");
        await grain.ChangeOnly("changed");
        await grain.End();

        Assert.Equal("stored, exists: True, etag: 1", await grain.Describe());
    });

    [Theory, EachEngine]
    public Task State_ReadAgain_IsAsStored(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(lab, "theirs");

        await grain.Reread();

        Assert.Equal("theirs, exists: True, etag: 2", await grain.Describe());
    });

    [Theory, EachEngine]
    public Task State_Cleared_IsDefaultAgainAndKeepsCounting(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("one");

        await grain.Clear();
        Assert.Equal("initial, exists: False, etag: 2", await grain.Describe());

        await grain.Write("again");
        Assert.Equal("again, exists: True, etag: 3", await grain.Describe());
    });

    [Theory, EachEngine]
    public Task State_BeforeActivation_IsNotLoaded(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<INoteGrain>("n").Write("one");
        await lab.Get<INoteGrain>("n").End();

        Assert.Equal("InvalidOperationException; exists: True", await lab.Get<INoteGrain>("n").WhenLoaded());
    });

    [Theory, EachEngine]
    public Task States_OfOtherNamesAndKeys_AreApart(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<INoteGrain>("n").Write("note");

        Assert.Equal("initial, exists: False, etag: ", await lab.Get<INoteGrain>("N").Describe());
        Assert.Equal(0, await lab.Get<ICounterGrain>("n").Get());
    });

    [Theory, EachEngine]
    public Task Write_SomebodyElseWroteMeanwhile_FailsAndDeactivates(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(lab, "theirs");

        var conflict = await Expect.ThrowsAsync<InconsistentStateException>(() => grain.Write("mine again"));

        Assert.Equal(("2", "1"), (conflict.StoredEtag, conflict.CurrentEtag));
        Assert.Equal("theirs, exists: True, etag: 2", await grain.Describe());
        Assert.Equal(["ApplicationError"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Write_ConflictWhileCallsWait_TheyGoToTheNextActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(lab, "theirs");
        var writing = grain.WriteAt("gate", "mine again");
        var waiting = grain.Describe();

        lab.Journal.Open("gate");

        await Expect.ThrowsAsync<InconsistentStateException>(() => writing);
        Assert.Equal("theirs, exists: True, etag: 2", await waiting);
    });

    [Theory, EachEngine]
    public Task Write_InOnActivateAndOnDeactivate_IsStored(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IDiaryGrain>("d");
        Assert.Equal("initial, came", await grain.Read());

        await grain.End();

        Assert.Equal("initial, came, went, came", await grain.Read());
    });

    [Theory, EachEngine]
    public Task Write_ConflictCaughtByTheGrain_KeepsTheActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(lab, "theirs");

        Assert.True(await grain.WriteOver("mine again"));

        Assert.Equal("mine again, exists: True, etag: 3", await grain.Describe());
        Assert.Empty(lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Write_ConflictInATimer_Deactivates(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(lab, "theirs");

        await grain.WriteByTimer("timer's", TimeSpan.FromSeconds(1));
        await lab.PassAsync(TimeSpan.FromSeconds(1));

        await lab.UntilWrittenAsync("ApplicationError");
        Assert.Equal("theirs, exists: True, etag: 2", await grain.Describe());
    });

    [Theory, EachEngine]
    public Task Write_ConflictOfAGrainThatItCalls_DoesNotDeactivateTheCaller(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var caller = lab.Get<INoteGrain>("caller");
        await caller.ChangeOnly("in memory");
        await lab.Get<INoteGrain>("n").Write("mine");
        await StoreAsync(lab, "theirs");

        await Expect.ThrowsAsync<InconsistentStateException>(() => caller.WriteThrough("n", "mine again"));

        Assert.Equal("theirs, exists: True, etag: 2", await lab.Get<INoteGrain>("n").Describe());
        Assert.Equal("in memory, exists: False, etag: ", await caller.Describe());
        Assert.Equal(["ApplicationError"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Write_StorageFails_IsWrappedAndKeepsTheActivationAsItIs(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IFragileNoteGrain>("n");
        await grain.Write("stored");
        lab.Fragile.IsBroken = true;

        var exception = await Expect.ThrowsAsync<OrleansException>(() => grain.Write("dirty"));

        Assert.Equal("The disk is broken.", Assert.IsType<IOException>(exception.InnerException).Message);
        Assert.Equal("dirty, etag: 1", await grain.Read());
        lab.Fragile.IsBroken = false;
        await grain.Write("mended");
        Assert.Equal("mended, etag: 2", await grain.Read());
    });

    [Theory, EachEngine]
    public Task Read_StorageFails_FailsTheActivationUntilItWorks(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        lab.Fragile.IsBroken = true;
        var exception = await Expect.ThrowsAsync<OrleansException>(() => lab.Get<IFragileNoteGrain>("n").Read());

        lab.Fragile.IsBroken = false;

        Assert.IsType<IOException>(exception.InnerException);
        Assert.Equal("initial, etag: ", await lab.Get<IFragileNoteGrain>("n").Read());
    });

    [Theory, EachEngine]
    public Task Writes_ConcurrentInOneGrain_QueueAndThoseNotBegunMerge(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IFragileNoteGrain>("n");
        await grain.WriteManyTimesAtOnce(10);
        Assert.Equal((1, 0), (lab.Fragile.Writes, lab.Fragile.Overlaps));

        await grain.WriteThenWriteMore(5);

        Assert.Equal((3, 0), (lab.Fragile.Writes, lab.Fragile.Overlaps));
    });

    [Theory, EachEngine]
    public Task WriteAndRead_ConcurrentInOneGrain_Queue(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IFragileNoteGrain>("n");
        await grain.Write("one");

        await grain.WriteThenRead();

        Assert.Equal("one, etag: 2", await grain.Read());
    });

    private static async Task StoreAsync(Lab lab, string text)
    {
        var row = new GrainState<Note>();
        var grainId = lab.Get<INoteGrain>("n").GetGrainId();
        await lab.Disk.ReadStateAsync("note", grainId, row);
        row.State = new Note { Text = text };
        await lab.Disk.WriteStateAsync("note", grainId, row);
    }
}
