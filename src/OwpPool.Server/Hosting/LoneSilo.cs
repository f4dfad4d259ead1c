using System.Net;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace OwpPool.Server.Hosting;

/// <summary>A cluster of one silo that opens no port. Orleans' ports have no authentication: whoever reached one could call every grain.
/// </summary>
public static class LoneSilo
{
    /// <summary>Orleans creates a cache even when caching is off; this is the smallest size that it accepts.</summary>
    private const int SmallestCache = 3;

    /// <summary>Makes the silo the only member of its cluster, without gateway and without network.</summary>
    public static ISiloBuilder UseLoneSilo(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        // The silo's address is only a name: nothing listens there, and messages of the silo to itself take no connection.
        silo.UseLocalhostClustering(gatewayPort: 0);
        silo.Services.ReplaceKeyed<IConnectionListenerFactory>(new NoNetwork());
        silo.Services.ReplaceKeyed<IConnectionFactory>(new NoNetwork());
        // The silo's own directory holds every grain. By default Orleans also keeps two caches of it, each for a million grains.
        silo.Configure<GrainDirectoryOptions>(static options =>
            (options.CachingStrategy, options.CacheSize) = (GrainDirectoryOptions.CachingStrategyType.None, SmallestCache));
        return silo;
    }

    /// <summary>Replaces each keyed service of the type. Orleans registers its transport under keys that are not public.</summary>
    private static void ReplaceKeyed<TService>(this IServiceCollection services, TService service) where TService : class
    {
        foreach (var descriptor in services.Where(item => item.IsKeyedService && item.ServiceType == typeof(TService)).ToList())
        {
            services.Remove(descriptor);
            services.AddKeyedSingleton(descriptor.ServiceKey, service);
        }
    }

    /// <summary>A transport on which nothing arrives and nothing can be reached.</summary>
    private sealed class NoNetwork : IConnectionListenerFactory, IConnectionFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
            new(new Listener(endpoint));

        public ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
            throw new ConnectionAbortedException($"{endpoint} cannot be reached: this cluster has one silo only.");

        private sealed class Listener(EndPoint endpoint) : IConnectionListener
        {
            private readonly TaskCompletionSource<ConnectionContext?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public EndPoint EndPoint => endpoint;

            public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken) =>
                new(_closed.Task.WaitAsync(cancellationToken));

            public ValueTask UnbindAsync(CancellationToken cancellationToken)
            {
                _closed.TrySetResult(null);
                return default;
            }

            public ValueTask DisposeAsync() => UnbindAsync(CancellationToken.None);
        }
    }
}
