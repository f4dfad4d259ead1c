using Orleans.Storage;

namespace OwpPool.Simulator.Tests;

public sealed class ActivationTests
{
    [Theory, EachEngine]
    public Task FirstCalls_ManyAtOnce_MakeOneActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        lab.Journal.Open("gate");

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => lab.Get<IPlainGateGrain>("g").Interleave($"{i}", "gate")));

        Assert.Equal(1, lab.Journal.Count("activated"));
    });

    [Theory, EachEngine]
    public Task Constructor_Throws_CallsFailWrappedAndTheNextTriesAfresh(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        lab.Trouble.Where = "constructor";
        var grain = lab.Get<ITroubledGrain>("t");

        var failures = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Expect.ThrowsAsync<InvalidOperationException>(grain.Work)));
        lab.Trouble.Where = string.Empty;

        Assert.All(failures, failure => Assert.Equal("constructor", Assert.IsType<InvalidDataException>(failure.InnerException).Message));
        Assert.Equal("works", await grain.Work());
    });

    [Theory, EachEngine]
    public Task OnActivate_Throws_CallsFailAndTheNextTriesAfresh(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        lab.Trouble.Where = "activate";
        var grain = lab.Get<ITroubledGrain>("t");

        var failures = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Expect.ThrowsAsync<InvalidDataException>(grain.Work)));
        lab.Trouble.Where = string.Empty;

        Assert.All(failures, failure => Assert.Equal("activate", failure.Message));
        Assert.Equal("works", await grain.Work());
        Assert.DoesNotContain("deactivating", lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task OnActivate_LastsTooLong_FailsTheCalls(Engine engine) => Lab.RunAsync(
        engine,
        async lab =>
        {
            lab.Trouble.Where = "hang";
            var call = lab.Get<ITroubledGrain>("t").Work();
            await lab.UntilWrittenAsync("activating");

            await lab.PassAsync(TimeSpan.FromSeconds(3));

            await Expect.ThrowsAnyAsync<OperationCanceledException>(() => call);
            lab.Trouble.Where = string.Empty;
            Assert.Equal("works", await lab.Get<ITroubledGrain>("t").Work());
        },
        // By the machine's own clock on Orleans, and long enough for a busy one.
        options => options.ActivationTimeout = TimeSpan.FromSeconds(2));

    [Theory, EachEngine]
    public Task OnActivate_AsksForTheEnd_CallsGoToTheNextActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        lab.Trouble.Where = "end";

        Assert.Equal("works", await lab.Get<ITroubledGrain>("t").Work());

        Assert.Equal(["activating", "activating", "working"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Constructor_UnknownStorage_CallsFailAndNameIt(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var failure = await Expect.ThrowsAsync<InvalidOperationException>(lab.Get<ILostStateGrain>("x").Nothing);

        var reason = Assert.IsType<BadProviderConfigException>(failure.GetBaseException());
        Assert.Contains("nowhere", reason.Message, StringComparison.Ordinal);
    });

    [Theory, EachEngine]
    public Task OnDeactivate_Throws_TheNextActivationServes(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<ITroubledGrain>("t");
        lab.Trouble.Where = "deactivate";
        await grain.End();

        Assert.Equal("works", await grain.Work());

        Assert.Equal(["activating", "deactivating", "activating", "working"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task OnDeactivate_UnderWay_CallsWaitForTheNextActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<ITroubledGrain>("t");
        lab.Trouble.Where = "deactivate slowly";
        await grain.End();
        await lab.UntilWrittenAsync("deactivating");
        var call = grain.Work();

        lab.Journal.Open("gone");
        await call;

        Assert.Equal(["activating", "deactivating", "deactivated", "activating", "working"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Idle_LongerThanItsLimit_IsDeactivated(Engine engine) => Lab.RunAsync(
        engine,
        async lab =>
        {
            await lab.Get<IShortLivedGrain>("short").Touch(TimeSpan.Zero);

            await UntilGoneAsync(lab, "short");

            await lab.Get<IShortLivedGrain>("short").Touch(TimeSpan.Zero);
            Assert.Equal(["short activated", "short gone: ActivationIdle", "short activated"], lab.Journal.Lines);
        },
        Idle.Soon<ShortLivedGrain>);

    [Theory, EachEngine]
    public Task Idle_RunningACall_Stays(Engine engine) => Lab.RunAsync(
        engine,
        async lab =>
        {
            var call = lab.Get<IShortLivedGrain>("busy").WaitAt("gate");
            await lab.Get<IShortLivedGrain>("idle").Touch(TimeSpan.Zero);

            await UntilGoneAsync(lab, "idle");

            Assert.Equal(0, lab.Journal.Count("busy gone: ActivationIdle"));
            lab.Journal.Open("gate");
            await call;
            await UntilGoneAsync(lab, "busy");
        },
        Idle.Soon<ShortLivedGrain>);

    [Theory, EachEngine]
    public Task Idle_ClassesOfOtherLimits_Stay(Engine engine) => Lab.RunAsync(
        engine,
        async lab =>
        {
            await lab.Get<ILongLivedGrain>("long").Touch(TimeSpan.Zero);
            await lab.Get<IKeptGrain>("kept").Touch(TimeSpan.Zero);
            await lab.Get<IShortLivedGrain>("short").Touch(TimeSpan.Zero);

            await UntilGoneAsync(lab, "short");

            Assert.Equal(["long activated", "kept activated", "short activated", "short gone: ActivationIdle"], lab.Journal.Lines);
        },
        Idle.Soon<ShortLivedGrain>);

    [Theory, EachEngine]
    public Task DelayDeactivation_LongerThanTheLimit_KeepsTheActivation(Engine engine) => Lab.RunAsync(
        engine,
        async lab =>
        {
            await lab.Get<IShortLivedGrain>("delayed").Touch(TimeSpan.FromHours(1));
            await lab.Get<IShortLivedGrain>("idle").Touch(TimeSpan.Zero);

            await UntilGoneAsync(lab, "idle");

            Assert.Equal(0, lab.Journal.Count("delayed gone: ActivationIdle"));
            await lab.PassAsync(TimeSpan.FromHours(1));
            await UntilGoneAsync(lab, "delayed");
        },
        Idle.Soon<ShortLivedGrain>);

    [Theory, EachEngine]
    public Task DeactivateOnIdle_CallsWaiting_GoToTheNextActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        var ending = grain.EndAt("gate");
        await lab.UntilWrittenAsync("ending begins");
        var waiting = Enumerable.Range(0, 3).Select(i => grain.Enter($"{i}", "gate")).ToArray();

        lab.Journal.Open("gate");
        await Task.WhenAll([ending, .. waiting]);

        Assert.Equal(
            ["activated", "ending begins", "ending ends", "deactivated: ApplicationRequested", "activated"], lab.Journal.Lines.Take(5));
        Assert.Equal(["0 ends", "1 ends", "2 ends"], lab.Journal.Lines.Skip(5).Where((_, line) => line % 2 == 1).Order());
    });

    [Theory, EachEngine]
    public Task DeactivateOnIdle_InterleavingCall_WaitsForTheNextActivation(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        lab.Journal.Open("open");
        var ending = grain.EndAt("gate");
        await lab.UntilWrittenAsync("ending begins");
        var interleaving = grain.Interleave("interleaving", "open");
        await lab.PassAsync(TimeSpan.FromSeconds(1));

        lab.Journal.Open("gate");
        await Task.WhenAll(ending, interleaving);

        Assert.Equal(
            [
                "activated", "ending begins", "ending ends", "deactivated: ApplicationRequested",
                "activated", "interleaving begins", "interleaving ends",
            ],
            lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Grain_WithoutTheBaseClass_IsActivatedWithItsContext(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        Assert.Equal("bare/b", await lab.Get<IBareGrain>("b").Identity());

        await lab.Get<IBareGrain>("b").End();

        await lab.UntilWrittenAsync("bare gone");
    });

    [Theory, EachEngine]
    public Task Deactivation_OfADisposableGrain_DisposesOfIt(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IDisposableGrain>("d").End();

        await lab.UntilWrittenAsync("disposed");
    });

    private static Task UntilGoneAsync(Lab lab, string key) =>
        lab.PassUntilAsync(() => lab.Journal.Count($"{key} gone: ActivationIdle") == 1, $"grain {key} is deactivated");
}
