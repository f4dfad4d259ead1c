namespace Orleans.Runtime;

/// <summary>On a grain constructor parameter of type <see cref="IPersistentState{TState}"/>.</summary>
/// <param name="stateName">Part of the storage key. The grain type is not: give each grain class a name of its own.</param>
/// <param name="storageName">The storage provider's name; null means the default provider.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute, IFacetMetadata, IPersistentStateConfiguration
{
    public string StateName { get; } = stateName;

    public string? StorageName { get; } = storageName;
}
