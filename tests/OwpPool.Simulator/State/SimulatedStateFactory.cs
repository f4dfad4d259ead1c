using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace OwpPool.Simulator;

/// <summary>Makes what a <see cref="PersistentStateAttribute"/> asks for, while the grain is constructed.</summary>
internal sealed class SimulatedStateFactory : IPersistentStateFactory
{
    /// <summary>The name under which a provider is the default one.</summary>
    private const string DefaultStorage = "Default";

    /// <exception cref="BadProviderConfigException">There is no storage of that name.</exception>
    public IPersistentState<TState> Create<TState>(IGrainContext context, IPersistentStateConfiguration config)
    {
        var activation = (Activation)context;
        var name = config.StorageName ?? DefaultStorage;
        var storage = activation.Silo.Services.GetKeyedService<IGrainStorage>(name) ?? throw new BadProviderConfigException(
            $"Grain {activation.Class.Type} asks for state \"{config.StateName}\" in storage \"{name}\", and no storage provider of that name is configured.");
        var state = new SimulatedState<TState>(activation, config.StateName, storage);
        activation.Add(state);
        return state;
    }
}
