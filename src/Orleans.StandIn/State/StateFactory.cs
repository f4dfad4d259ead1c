using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Core;

/// <summary>Makes what a <see cref="PersistentStateAttribute"/> asks for.</summary>
internal static class StateFactory
{
    /// <summary>The name under which a provider is the default one.</summary>
    internal const string DefaultStorage = "Default";

    private static readonly MethodInfo CreateMethod =
        typeof(StateFactory).GetMethod(nameof(Create), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <exception cref="OrleansConfigurationException">The parameter is no <see cref="IPersistentState{TState}"/>.</exception>
    internal static Func<Activation, object> For(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new OrleansConfigurationException(
                $"Parameter {parameter.Name} of {parameter.Member.DeclaringType} carries [PersistentState] and must be an IPersistentState<T>.");
        }
        var attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()!;
        var create = CreateMethod.MakeGenericMethod(type.GetGenericArguments())
            .CreateDelegate<Func<Activation, PersistentStateAttribute, object>>();
        return activation => create(activation, attribute);
    }

    private static object Create<TState>(Activation activation, PersistentStateAttribute attribute)
    {
        var storage = activation.ActivationServices.GetKeyedService<IGrainStorage>(attribute.StorageName ?? DefaultStorage)
            ?? throw new BadProviderConfigException(
                $"Grain {activation.Class.Type} asks for state \"{attribute.StateName}\" in storage "
                + $"\"{attribute.StorageName ?? DefaultStorage}\", and no storage provider of that name is configured.");
        return new PersistentState<TState>(activation, attribute.StateName, storage);
    }
}
