using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace Orleans.StandIn.Tests;

public sealed class StateTests
{
    [Fact]
    public async Task State_NeverWritten_IsDefaultConstructed()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal("initial, exists: False, etag: ", await host.Get<INoteGrain>("n").Describe());
    }

    [Fact]
    public async Task State_Written_IsThereInTheNextActivation()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<INoteGrain>("n");
        await grain.Write("one");
        await grain.Write("two");
        Assert.Equal("two, exists: True, etag: 2", await grain.Describe());

        await grain.End();

        Assert.Equal("two, exists: True, etag: 2", await grain.Describe());
    }

    [Fact]
    public async Task State_Changed_IsNotStoredUnlessWritten()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<INoteGrain>("n");
        await grain.Write("stored");
        await grain.ChangeOnly("changed");
        await grain.End();

        Assert.StartsWith("stored,", await grain.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_Cleared_IsDefaultAgainAndKeepsCounting()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<INoteGrain>("n");
        await grain.Write("one");

        await grain.Clear();
        Assert.Equal("initial, exists: False, etag: 2", await grain.Describe());

        await grain.Write("again");
        Assert.Equal("again, exists: True, etag: 3", await grain.Describe());
    }

    [Fact]
    public async Task State_ReadDuringConstruction_IsNotLoadedYet()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal("not loaded in constructor, loaded in OnActivateAsync", await host.Get<INoteGrain>("n").WhenLoaded());
    }

    [Fact]
    public async Task States_OfOtherNamesAndKeys_AreApart()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<INoteGrain>("n").Write("note");

        Assert.StartsWith("initial,", await host.Get<INoteGrain>("N").Describe(), StringComparison.Ordinal);
        Assert.Equal(0, await host.Get<Simulation.ICounterGrain>("n").Get());
    }

    [Fact]
    public async Task Write_SomebodyElseWroteMeanwhile_FailsAndDeactivates()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(host, "theirs");

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Write("mine again"));

        Assert.Equal(("2", "1"), (conflict.StoredEtag, conflict.CurrentEtag));
        Assert.Equal("theirs, exists: True, etag: 2", await grain.Describe());
        Assert.Equal(1, host.Journal.Count("ApplicationError"));
    }

    [Fact]
    public async Task Write_ConflictCaughtByTheGrain_KeepsTheActivation()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(host, "theirs");

        Assert.True(await grain.TryWrite("mine again"));

        Assert.StartsWith("mine again,", await grain.Describe(), StringComparison.Ordinal);
        Assert.Equal(0, host.Journal.Count("ApplicationError"));
    }

    [Fact]
    public async Task Write_ConflictInATimer_Deactivates()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<INoteGrain>("n");
        await grain.Write("mine");
        await StoreAsync(host, "theirs");

        await grain.WriteByTimer("timer's", TimeSpan.FromSeconds(1));
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        await Eventually.True(() => host.Journal.Count("ApplicationError") == 1, "the grain is deactivated");
        Assert.StartsWith("theirs,", await grain.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_ConflictOfAGrainThatItCalls_DoesNotDeactivateTheCaller()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<INoteGrain>("n").Write("mine");
        await StoreAsync(host, "theirs");

        await Assert.ThrowsAsync<InconsistentStateException>(() => host.Get<INoteGrain>("caller").WriteThrough("n", "mine again"));

        Assert.Equal(1, host.Journal.Count("ApplicationError"));
    }

    [Fact]
    public async Task Write_StorageFails_IsWrappedAndKeepsTheActivationAsItIs()
    {
        var broken = new BrokenStorage();
        await using var host = await TestHost.StartAsync(silo => silo.Services.AddGrainStorage("broken", (_, _) => broken));
        var grain = host.Get<IBrokenNoteGrain>("n");
        await grain.Write("stored");
        broken.IsBroken = true;

        var exception = await Assert.ThrowsAsync<OrleansException>(() => grain.Write("dirty"));

        Assert.Equal("The disk is broken.", Assert.IsType<IOException>(exception.InnerException).Message);
        Assert.Equal("dirty", await grain.Read());
    }

    [Fact]
    public async Task Read_StorageFails_FailsTheActivationUntilItWorks()
    {
        var broken = new BrokenStorage { IsBroken = true };
        await using var host = await TestHost.StartAsync(silo => silo.Services.AddGrainStorage("broken", (_, _) => broken));
        var grain = host.Get<IBrokenNoteGrain>("n");
        await Assert.ThrowsAsync<OrleansException>(() => grain.Read());

        broken.IsBroken = false;

        Assert.Equal("initial", await grain.Read());
    }

    [Fact]
    public async Task Writes_ConcurrentInOneGrain_QueueAndThoseNotBegunMerge()
    {
        var slow = new BrokenStorage();
        await using var host = await TestHost.StartAsync(silo => silo.Services.AddGrainStorage("broken", (_, _) => slow));
        var grain = host.Get<IBrokenNoteGrain>("n");
        await grain.Read();

        await grain.WriteManyTimesAtOnce(10);

        Assert.Equal(0, slow.Overlaps);
        Assert.Equal(1, slow.Writes);
        await grain.WriteThenWriteMore(5);
        Assert.Equal(0, slow.Overlaps);
        Assert.Equal(3, slow.Writes);
    }

    [Fact]
    public async Task State_UsedOutsideOfItsGrain_Throws()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal(nameof(InvalidOperationException), await host.Get<INoteGrain>("n").UseElsewhere());
    }

    private static async Task StoreAsync(TestHost host, string text)
    {
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("pool");
        var row = new GrainState<Note>();
        var grainId = host.Get<INoteGrain>("n").GetGrainId();
        await storage.ReadStateAsync("note", grainId, row);
        row.State = new Note { Text = text };
        await storage.WriteStateAsync("note", grainId, row);
    }
}

[GenerateSerializer]
public sealed class Note
{
    [Id(0)]
    public string Text { get; set; } = "initial";
}

/// <summary>Storage that can be broken, and counts what it does.</summary>
internal sealed class BrokenStorage : IGrainStorage
{
    private readonly MemoryGrainStorage _inner = new();
    private int _running;

    internal bool IsBroken { get; set; }

    internal int Writes { get; private set; }

    internal int Overlaps { get; private set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        IsBroken ? throw new IOException("The disk is broken.") : _inner.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Interlocked.Increment(ref _running) > 1)
            Overlaps++;
        Writes++;
        await Task.Delay(1);
        Interlocked.Decrement(ref _running);
        if (IsBroken)
            throw new IOException("The disk is broken.");
        await _inner.WriteStateAsync(stateName, grainId, grainState);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        _inner.ClearStateAsync(stateName, grainId, grainState);
}
