using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using OwpPool.Testing;

namespace Orleans.StandIn.Tests;

/// <summary>A silo in a generic host, with a manual clock and, unless a test brings its own, storage in memory.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly IHost _host;

    private TestHost(IHost host, ManualTimeProvider clock)
    {
        _host = host;
        Clock = clock;
    }

    internal ManualTimeProvider Clock { get; }

    internal IServiceProvider Services => _host.Services;

    internal IClusterClient Client => Services.GetRequiredService<IClusterClient>();

    internal Silo Silo => Services.GetRequiredService<Silo>();

    internal Journal Journal => Services.GetRequiredService<Journal>();

    internal static async Task<TestHost> StartAsync(Action<ISiloBuilder>? configure = null, ManualTimeProvider? clock = null)
    {
        clock ??= new ManualTimeProvider();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSingleton(new Journal());
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            configure?.Invoke(silo);
            silo.AddMemoryGrainStorage("pool");
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }
        return new TestHost(host, clock);
    }

    internal T Get<T>(string key)
        where T : IGrainWithStringKey =>
        Client.GetGrain<T>(key);

    internal Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _host.StopAsync(now.Token);
        _host.Dispose();
    }
}
