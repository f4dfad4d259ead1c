using Orleans.Concurrency;
using Orleans.Serialization;

namespace OwpPool.Simulator.Tests;

/// <summary>Calls that travel as bytes, as between two silos: the same results, but nothing is shared and everything needs a codec.</summary>
public sealed class BytesTests
{
    [Fact]
    public void Call_AsBytes_GivesTheResult() => Run(async lab =>
    {
        var grain = lab.Get<IEchoGrain>("a/b");

        Assert.Equal(5, await grain.Add(2, 3));
        Assert.Equal("a/b", await grain.Key());
        Assert.Equal(45, await grain.SumOfNine(1, 2, 3, 4, 5, 6, 7, 8, 9));
        Assert.Null(await grain.Same(null));
        Assert.Equal(["apple", "pear"], (await grain.AddPear(new Basket { Items = ["apple"] })).Items);
        Assert.Equal(new FrozenBasket("fig"), await grain.SameByClass(new FrozenBasket("fig")));
        await grain.Nothing();
    });

    [Fact]
    public void Call_AsBytesAndTheGrainThrows_CallerGetsTypeMessageAndFields() => Run(async lab =>
    {
        var grain = lab.Get<IFaultyGrain>("f");

        Assert.Equal("message", (await Expect.ThrowsAsync<InvalidDataException>(() => grain.ThrowLater("message"))).Message);
        var refused = await Expect.ThrowsAsync<RefusedException>(() => grain.Refuse("message", 3));
        Assert.Equal(("message", 3), (refused.Message, refused.Code));
    });

    [Fact]
    public void Call_AsBytes_CarriesContextTokenAndAttributes() => Run(async lab =>
    {
        RequestContext.Set("who", "caller");
        Assert.Equal("caller", await lab.Get<IContextGrain>("one").ReadThrough("two", "who"));
        RequestContext.Clear();

        lab.Journal.Open("open");
        var grain = lab.Get<IPlainGateGrain>("g");
        using var cancellation = new CancellationTokenSource();
        var plain = grain.EnterCancellable("plain", cancellation.Token);
        await lab.UntilWrittenAsync("plain begins");
        await grain.Interleave("interleaving", "open");
        cancellation.Cancel();
        await Expect.ThrowsAnyAsync<OperationCanceledException>(() => plain);
        await lab.UntilWrittenAsync("plain is cancelled");
        await grain.Send("sent", "open");
        await lab.UntilWrittenAsync("sent ends");
    });

    [Fact]
    public void Argument_MarkedImmutable_IsNotShared() => Run(async lab =>
    {
        var grain = lab.Get<IEchoGrain>("e");
        var (sent, frozen) = (new Basket { Items = [] }, new FrozenBasket("apple"));

        await grain.AddPearToShared(sent);

        Assert.Empty(sent.Items);
        Assert.NotSame(sent, (await grain.SameByWrapper(new Immutable<Basket>(sent))).Value);
        Assert.NotSame(frozen, await grain.SameByClass(frozen));
    });

    [Fact]
    public void Argument_WithoutCodec_FailsTheCallAndNamesIt() => Run(async lab =>
    {
        var exception = await Expect.ThrowsAsync<CodecNotFoundException>(() => lab.Get<IEchoGrain>("e").TakeShared(new Unmarked()));

        Assert.Contains(nameof(Unmarked), exception.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Argument_WithoutCodecThatIsShared_PassesUnnoticedWithoutBytes() =>
        SimulatedLab.Run(1, lab => lab.Get<IEchoGrain>("e").TakeShared(new Unmarked()));

    [Fact]
    public void Result_WithoutCodec_FailsTheCall() => Run(lab =>
        Expect.ThrowsAsync<CodecNotFoundException>(lab.Get<IEchoGrain>("e").GiveUnmarked));

    [Fact]
    public void Exception_WithoutCodec_FailsTheCall() => Run(lab =>
        Expect.ThrowsAsync<CodecNotFoundException>(lab.Get<IFaultyGrain>("f").ThrowUnmarked));

    private static void Run(Func<Lab, Task> test) => SimulatedLab.Run(1, test, sendsBytes: true);
}
