using System.Runtime.CompilerServices;

namespace Orleans.Core;

/// <summary>Makes the state of a grain that has none stored.</summary>
internal static class StateActivator
{
    /// <summary>By the parameterless constructor; a class without one comes up with all fields empty, as it does in Orleans.</summary>
    internal static TState Create<TState>()
    {
        var type = typeof(TState);
        if (type.IsValueType)
            return default!;
        var constructor = type.GetConstructor(
            System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic, []);
        return (TState)(constructor is null ? RuntimeHelpers.GetUninitializedObject(type) : constructor.Invoke(null));
    }
}
