using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public sealed class HostingTests
{
    [Fact]
    public async Task Start_AdoNetClustering_FailsAndNamesThePackages()
    {
        var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(() => TestHost.StartAsync(
            silo => silo.UseAdoNetClustering((AdoNetClusteringSiloOptions options) => options.Invariant = "Npgsql")));

        Assert.Contains("Microsoft.Orleans.Server", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Microsoft.Orleans.Clustering.AdoNet", exception.Message, StringComparison.Ordinal);
        Assert.Contains("OrleansHost=Packages", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task Start_NoClustering_Fails()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans();
        using var host = builder.Build();

        await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
    }

    [Fact]
    public async Task UseOrleans_OnAHostBuilder_Runs()
    {
        using var host = new HostBuilder()
            .UseOrleans((context, silo) => silo.UseLocalhostClustering(serviceId: "svc").ConfigureServices(services => services.AddSingleton(new Journal())))
            .Build();
        await host.StartAsync();

        Assert.Equal(3, await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("x").Add(1, 2));
        Assert.Equal("svc", host.Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId);
        await host.StopAsync();
    }

    [Fact]
    public async Task UseOrleans_CalledTwice_MakesOneSilo()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        builder.UseOrleans(silo => silo.Configure<ClusterOptions>(options => options.ClusterId = "later"));
        using var host = builder.Build();
        await host.StartAsync();

        Assert.Single(host.Services.GetServices<IHostedService>());
        Assert.Equal("later", host.Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId);
        await host.StopAsync();
    }

    [Fact]
    public async Task Configure_FromConfiguration_Binds()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("ResponseTimeout", (string?)"00:00:07")]).Build();
        await using var host = await TestHost.StartAsync(silo => silo.Configure<SiloMessagingOptions>(settings));
        var call = host.Get<IPlainGateGrain>("g").Enter("call", "gate");
        await Eventually.True(() => host.Journal.Count("call begins") == 1, "the call begins");

        host.Clock.Advance(TimeSpan.FromSeconds(8));

        await Assert.ThrowsAsync<TimeoutException>(() => call);
        host.Journal.Open("gate");
    }

    [Fact]
    public async Task Filters_OfSiloAndGrain_WrapTheCallInOrder()
    {
        await using var host = await TestHost.StartAsync(silo => silo
            .AddIncomingGrainCallFilter<WritingFilter>()
            .AddIncomingGrainCallFilter(async context =>
            {
                await context.Invoke();
                if (context.Result is int number)
                    context.Result = number * 10;
            }));

        Assert.Equal(30, await host.Get<IFilteredGrain>("f").Add(1, 2));

        Assert.Equal(["> IFilteredGrain.Add of filtered/f by client", "own >", "own <", "< 30"], host.Journal.Lines);
    }

    [Fact]
    public async Task Filters_GrainThrows_SeeTheException()
    {
        await using var host = await TestHost.StartAsync(silo => silo.AddIncomingGrainCallFilter(async context =>
        {
            try
            {
                await context.Invoke();
            }
            catch (InvalidDataException exception)
            {
                throw new NotSupportedException(exception.Message);
            }
        }));

        await Assert.ThrowsAsync<NotSupportedException>(() => host.Get<IFaultyGrain>("f").ThrowLater("x"));
    }

    [Fact]
    public void ManualTimeProvider_Advance_FiresTimersInDueOrder()
    {
        var clock = new OwpPool.Testing.ManualTimeProvider();
        var start = clock.GetUtcNow();
        var fired = new List<string>();
        using var late = clock.CreateTimer(_ => fired.Add($"late {clock.GetUtcNow() - start}"), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var periodic = clock.CreateTimer(_ => fired.Add($"periodic {clock.GetUtcNow() - start}"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["periodic 00:00:02", "late 00:00:03", "periodic 00:00:04"], fired);
        Assert.Equal(TimeSpan.FromSeconds(5), clock.GetUtcNow() - start);
    }

    [Fact]
    public void ManualTimeProvider_WallClockStepped_TimersDoNotNotice()
    {
        var clock = new OwpPool.Testing.ManualTimeProvider();
        var start = clock.GetUtcNow();
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);

        clock.SetUtcNow(start - TimeSpan.FromHours(1));
        Assert.Equal(0, fired);
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, fired);
        Assert.Equal(start - TimeSpan.FromHours(1) + TimeSpan.FromSeconds(2), clock.GetUtcNow());
    }

    private sealed class WritingFilter(Journal journal) : IIncomingGrainCallFilter
    {
        public async Task Invoke(IIncomingGrainCallContext context)
        {
            var source = context.SourceId?.ToString() ?? "client";
            journal.Write($"> {context.InterfaceMethod.DeclaringType!.Name}.{context.MethodName} of {context.TargetId} by {source}");
            await context.Invoke();
            journal.Write($"< {context.Result}");
        }
    }
}

public interface IFilteredGrain : IGrainWithStringKey
{
    Task<int> Add(int left, int right);
}

internal sealed class FilteredGrain(Journal journal) : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    public Task<int> Add(int left, int right) => Task.FromResult(left + right);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        journal.Write("own >");
        await context.Invoke();
        journal.Write("own <");
    }
}
