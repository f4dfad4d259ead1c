using Orleans.Concurrency;
using Orleans.Serialization;

namespace OwpPool.Simulator.Tests;

public sealed class CallTests
{
    [Theory, EachEngine]
    public Task Call_EachKindOfReturnType_GivesTheResult(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IEchoGrain>("a/b");

        Assert.Equal(5, await grain.Add(2, 3));
        Assert.Equal("a/b", await grain.Key());
        Assert.Equal(45, await grain.SumOfNine(1, 2, 3, 4, 5, 6, 7, 8, 9));
        Assert.Null(await grain.Same(null));
        await grain.Nothing();
    });

    [Theory, EachEngine]
    public Task Call_GrainThrows_CallerGetsTypeAndMessage(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IFaultyGrain>("f");

        Assert.Equal("first", (await Expect.ThrowsAsync<InvalidDataException>(() => grain.ThrowAtOnce("first"))).Message);
        Assert.Equal("second", (await Expect.ThrowsAsync<InvalidDataException>(() => grain.ThrowLater("second"))).Message);
        var refused = await Expect.ThrowsAsync<RefusedException>(() => grain.Refuse("third", 3));
        Assert.Equal(("third", 3), (refused.Message, refused.Code));
        await Expect.ThrowsAnyAsync<OperationCanceledException>(grain.Cancel);
    });

    [Theory, EachEngine]
    public Task Call_AfterAnException_SameActivationAnswers(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IFaultyGrain>("f");
        var before = await grain.ActivationNumber();
        await Expect.ThrowsAsync<InvalidDataException>(() => grain.ThrowLater("x"));

        Assert.Equal(before, await grain.ActivationNumber());
    });

    [Theory, EachEngine]
    public Task OneWay_GrainThrows_NobodyHearsOfIt(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IFaultyGrain>("f");
        var before = await grain.ActivationNumber();

        await grain.FailUnheard();

        await lab.UntilWrittenAsync("failing");
        Assert.Equal(before, await grain.ActivationNumber());
    });

    [Theory, EachEngine]
    public Task Call_FromGrainToGrain_GoesOnInTheGrainsOwnTurns(Engine engine) => Lab.RunAsync(engine, async lab =>
        Assert.Equal([true, true, true], await lab.Get<IContextGrain>("one").RunsInItsTurns("two")));

    [Theory, EachEngine]
    public Task RequestContext_SetByTheCaller_ReachesTheGrainAndNotBack(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IContextGrain>("one");
        RequestContext.Set("who", "caller");

        Assert.Equal("caller", await grain.ReadThenSet("who", "grain"));
        Assert.Equal("caller", RequestContext.Get("who"));

        RequestContext.Clear();
        Assert.Null(await grain.ReadThenSet("who", "grain"));
    });

    [Theory, EachEngine]
    public Task RequestContext_OfACallThatCallsAnother_GoesOn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        RequestContext.Set("who", "caller");

        Assert.Equal("caller", await lab.Get<IContextGrain>("one").ReadThrough("two", "who"));

        RequestContext.Clear();
    });

    [Theory, EachEngine]
    public Task RequestContext_OfTheCallThatActivates_IsSeenByOnActivate(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        RequestContext.Set("who", "caller");
        var seen = await lab.Get<IContextGrain>("one").ReadInActivation();
        RequestContext.Clear();

        Assert.Equal("caller", seen);
    });

    [Theory, EachEngine]
    public Task AsyncLocal_OfTheCaller_IsNotSeenByTheGrain(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        ContextGrain.Ambient.Value = "caller";

        Assert.Null(await lab.Get<IContextGrain>("one").ReadAmbient());
        Assert.Null(await lab.Get<IContextGrain>("one").ReadAmbient());
        Assert.Equal("caller", ContextGrain.Ambient.Value);
    });

    [Theory, EachEngine]
    public Task Argument_ChangedByTheGrain_CallerKeepsItsOwn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var sent = new Basket { Items = ["apple"] };

        var received = await lab.Get<IEchoGrain>("e").AddPear(sent);

        Assert.Equal(["apple"], sent.Items);
        Assert.Equal(["apple", "pear"], received.Items);
    });

    [Theory, EachEngine]
    public Task Argument_ChangedByTheCallerAfterSending_GrainHasWhatWasSent(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var sent = new Basket { Items = ["apple"] };
        var call = lab.Get<IEchoGrain>("e").AddPear(sent);
        sent.Items.Clear();

        Assert.Equal(["apple", "pear"], (await call).Items);
    });

    [Theory, EachEngine]
    public Task Result_ChangedByTheCaller_GrainKeepsItsOwn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IEchoGrain>("e");
        var received = await grain.AddPear(new Basket { Items = [] });

        received.Items.Clear();

        Assert.Equal(["pear"], (await grain.Last()).Items);
    });

    [Theory, EachEngine]
    public Task Argument_MarkedImmutable_IsShared(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IEchoGrain>("e");
        var (sent, frozen) = (new Basket { Items = [] }, new FrozenBasket("apple"));

        await grain.AddPearToShared(sent);

        Assert.Equal(["pear"], sent.Items);
        Assert.Same(sent, (await grain.SameByWrapper(new Immutable<Basket>(sent))).Value);
        Assert.Same(frozen, await grain.SameByClass(frozen));
    });

    [Theory, EachEngine]
    public Task Argument_WithoutCodec_IsRefused(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var exception = await Expect.ThrowsAsync<CodecNotFoundException>(() => lab.Get<IEchoGrain>("e").Take(new Unmarked()));

        Assert.Contains(nameof(Unmarked), exception.Message, StringComparison.Ordinal);
    });

    [Theory, EachEngine]
    public Task Result_WithoutCodec_IsRefused(Engine engine) => Lab.RunAsync(engine, lab =>
        Expect.ThrowsAsync<CodecNotFoundException>(lab.Get<IEchoGrain>("e").GiveUnmarked));

    [Theory, EachEngine]
    public Task GetGrain_NoImplementation_SaysSo(Engine engine) => Lab.RunAsync(engine, lab =>
    {
        var exception = Assert.Throws<ArgumentException>(() => lab.Grains.GetGrain<INobodysGrain>("x"));

        Assert.Contains(nameof(INobodysGrain), exception.Message, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Theory, EachEngine]
    public Task GetGrain_SeveralImplementations_NeedsThePrefix(Engine engine) => Lab.RunAsync(engine, lab =>
    {
        Assert.Throws<ArgumentException>(() => lab.Grains.GetGrain<IGateGrain>("x"));

        var chosen = lab.Grains.GetGrain<IGateGrain>("x", typeof(PlainGateGrain).FullName);

        Assert.Equal("plaingate/x", chosen.GetGrainId().ToString());
        return Task.CompletedTask;
    });

    [Theory, EachEngine(""), EachEngine(" ")]
    public Task GetGrain_EmptyKey_Throws(Engine engine, string key) => Lab.RunAsync(engine, lab =>
    {
        Assert.ThrowsAny<ArgumentException>(() => lab.Grains.GetGrain<IEchoGrain>(key));
        return Task.CompletedTask;
    });

    [Theory, EachEngine]
    public Task Reference_Equality_IsByGrain(Engine engine) => Lab.RunAsync(engine, lab =>
    {
        object one = lab.Get<IEchoGrain>("1");

        Assert.Equal(one, lab.Get<IEchoGrain>("1"));
        Assert.NotEqual(one, lab.Get<IEchoGrain>("2"));
        Assert.Equal("1", ((IEchoGrain)one).GetPrimaryKeyString());
        return Task.CompletedTask;
    });
}
