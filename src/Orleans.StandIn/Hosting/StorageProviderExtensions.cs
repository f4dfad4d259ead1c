using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Orleans.Runtime.Hosting;

/// <summary>Adds storage providers of one's own.</summary>
public static class StorageProviderExtensions
{
    /// <param name="collection">The host's services.</param>
    /// <param name="name">What <see cref="PersistentStateAttribute"/> names; <c>Default</c> serves those that name none.</param>
    /// <param name="implementationFactory">Makes the provider, once.</param>
    public static IServiceCollection AddGrainStorage<T>(
        this IServiceCollection collection, string name, Func<IServiceProvider, string, T> implementationFactory)
        where T : IGrainStorage
    {
        collection.AddKeyedSingleton<IGrainStorage>(name, (services, _) => implementationFactory(services, name));
        if (typeof(ISiloParticipant).IsAssignableFrom(typeof(T)))
            collection.AddSingleton(services => (ISiloParticipant)services.GetRequiredKeyedService<IGrainStorage>(name));
        return collection;
    }
}
