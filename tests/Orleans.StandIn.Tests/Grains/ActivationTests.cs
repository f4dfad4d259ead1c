using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public sealed class ActivationTests
{
    [Fact]
    public async Task FirstCalls_ManyAtOnce_MakeOneActivation()
    {
        await using var host = await TestHost.StartAsync();
        host.Journal.Open("gate");

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => host.Get<IPlainGateGrain>("g").Interleave($"{i}", "gate"))));

        Assert.Equal(1, host.Journal.Count("activated"));
    }

    [Theory]
    [InlineData("constructor")]
    [InlineData("activate")]
    public async Task Activation_Fails_WaitingCallsFailAndTheNextTriesAfresh(string where)
    {
        await using var host = await TestHost.StartAsync(silo => silo.Services.AddSingleton(new Trouble { Where = where }));
        var trouble = host.Services.GetRequiredService<Trouble>();
        var grain = host.Get<ITroubledGrain>("t");

        var exceptions = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Assert.ThrowsAsync<InvalidDataException>(() => grain.Work())));
        trouble.Where = string.Empty;

        Assert.All(exceptions, exception => Assert.Equal(where, exception.Message));
        Assert.Equal("works", await grain.Work());
    }

    [Fact]
    public async Task Activation_LastsTooLong_FailsTheCalls()
    {
        await using var host = await TestHost.StartAsync(silo => silo.Services.AddSingleton(new Trouble { Where = "hang" }));
        var call = host.Get<ITroubledGrain>("t").Work();
        await Eventually.True(() => host.Journal.Count("hanging") == 1, "the activation hangs");

        host.Clock.Advance(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<TimeoutException>(() => call);
    }

    [Fact]
    public async Task Activation_UnknownStorage_NamesIt()
    {
        await using var host = await TestHost.StartAsync();

        var exception = await Assert.ThrowsAsync<Storage.BadProviderConfigException>(() => host.Get<ILostStateGrain>("x").Nothing());

        Assert.Contains("nowhere", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_LongerThanCollectionAge_IsDeactivated()
    {
        await using var host = await TestHost.StartAsync();
        host.Journal.Open("gate");
        await host.Get<IPlainGateGrain>("g").Enter("call", "gate");

        await AdvanceByMinutesAsync(host, 17);

        await Eventually.True(() => host.Journal.Count("deactivated: ActivationIdle") == 1, "the grain is deactivated");
        await host.Get<IPlainGateGrain>("g").Enter("call", "gate");
        Assert.Equal(2, host.Journal.Count("activated"));
    }

    [Fact]
    public async Task Idle_CalledNowAndThen_Stays()
    {
        await using var host = await TestHost.StartAsync();
        host.Journal.Open("gate");
        for (var i = 0; i < 4; i++)
        {
            await host.Get<IPlainGateGrain>("g").Enter("call", "gate");
            await AdvanceByMinutesAsync(host, 10);
        }

        Assert.Equal(1, host.Journal.Count("activated"));
    }

    [Fact]
    public async Task Idle_RunningACall_Stays()
    {
        await using var host = await TestHost.StartAsync();
        var call = host.Get<IPlainGateGrain>("g").Enter("call", "gate");
        await Eventually.True(() => host.Journal.Count("call begins") == 1, "the call begins");

        await AdvanceByMinutesAsync(host, 60);

        Assert.Equal(0, host.Journal.Count("deactivated: ActivationIdle"));
        host.Journal.Open("gate");
        await Assert.ThrowsAsync<TimeoutException>(() => call);
    }

    [Fact]
    public async Task Idle_ClassWithItsOwnLimit_FollowsThat()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<IShortLivedGrain>("s").Touch(TimeSpan.Zero);
        await host.Get<IKeptGrain>("k").Touch(TimeSpan.Zero);

        await AdvanceByMinutesAsync(host, 4);

        await Eventually.True(() => host.Journal.Count("short gone") == 1, "the short-lived grain is deactivated");
        await AdvanceByMinutesAsync(host, 60 * 24);
        Assert.Equal(0, host.Journal.Count("kept gone"));
    }

    [Fact]
    public async Task DelayDeactivation_LongerThanTheLimit_KeepsTheActivation()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<IShortLivedGrain>("s").Touch(TimeSpan.FromHours(1));

        await AdvanceByMinutesAsync(host, 50);
        Assert.Equal(0, host.Journal.Count("short gone"));

        await AdvanceByMinutesAsync(host, 20);
        await Eventually.True(() => host.Journal.Count("short gone") == 1, "the grain is deactivated at last");
    }

    [Fact]
    public async Task DeactivateOnIdle_CallsWaiting_GoToTheNextActivation()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        var running = grain.Enter("running", "gate");
        var ending = grain.End();
        var waiting = Enumerable.Range(0, 3).Select(i => grain.Enter($"{i}", "gate")).ToArray();

        host.Journal.Open("gate");
        await Eventually.Ends(Task.WhenAll([running, ending, .. waiting]), "all calls");

        Assert.Equal(
            ["activated", "running begins", "running ends", "deactivated: ApplicationRequested", "activated", "0 begins"],
            host.Journal.Lines.Take(6));
    }

    [Fact]
    public async Task Grain_WithoutTheBaseClass_IsActivatedWithItsContext()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal("bare/b", await host.Get<IBareGrain>("b").Identity());
        await host.Get<IBareGrain>("b").End();
        await Eventually.True(() => host.Journal.Count("bare gone") == 1, "the grain is deactivated");
    }

    [Fact]
    public async Task Deactivation_Disposes_GrainAndScope()
    {
        await using var host = await TestHost.StartAsync(silo => silo.Services.AddScoped<ScopedThing>());
        await host.Get<IDisposableGrain>("d").End();

        await Eventually.True(() => host.Journal.Count("grain disposed") + host.Journal.Count("scoped disposed") == 2, "both are disposed of");
    }

    [Fact]
    public async Task Stop_CallInFlight_EndsFirstAndGrainsAreDeactivated()
    {
        await using var host = await TestHost.StartAsync();
        var call = host.Get<IPlainGateGrain>("g").Enter("call", "gate");
        await Eventually.True(() => host.Journal.Count("call begins") == 1, "the call begins");
        var stop = host.StopAsync();
        Assert.False(stop.IsCompleted);

        host.Journal.Open("gate");
        await Eventually.Ends(Task.WhenAll(call, stop), "the call and the stop");

        Assert.Equal(["activated", "call begins", "call ends", "deactivated: ShuttingDown"], host.Journal.Lines);
    }

    [Fact]
    public async Task Stop_CallNeverEnds_IsCutShort()
    {
        await using var host = await TestHost.StartAsync();
        var call = host.Get<IPlainGateGrain>("g").Enter("call", "never");
        await Eventually.True(() => host.Journal.Count("call begins") == 1, "the call begins");
        using var patience = new CancellationTokenSource();
        var stop = host.StopAsync(patience.Token);

        await patience.CancelAsync();

        await Eventually.Ends(stop, "the stop");
        Assert.False(call.IsCompleted);
    }

    [Fact]
    public async Task Start_CollectionAgeNotAboveQuantum_Fails()
    {
        await Assert.ThrowsAsync<OrleansConfigurationException>(() => TestHost.StartAsync(
            silo => silo.Configure<GrainCollectionOptions>(options => options.CollectionAge = options.CollectionQuantum)));
    }

    private static async Task AdvanceByMinutesAsync(TestHost host, int minutes)
    {
        for (var i = 0; i < minutes; i++)
        {
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }
    }
}
