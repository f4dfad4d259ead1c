using System.Text.Json.Serialization.Metadata;

namespace OwpPool.Client;

/// <summary>The protocol's types as they are on the wire: snake_case, and what is null is left out.</summary>
public static class PoolWire
{
    /// <summary>How a type of this client is written and read.</summary>
    /// <exception cref="NotSupportedException">It is none of the protocol's.</exception>
    public static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>?)PoolJson.Default.GetTypeInfo(typeof(T))
        ?? throw new NotSupportedException($"{typeof(T)} is not on the wire.");
}
