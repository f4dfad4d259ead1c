namespace OwpPool.Simulator;

/// <summary>All grain classes of the application, by grain type and by interface.</summary>
internal sealed class GrainClassMap
{
    private readonly Dictionary<GrainType, GrainClass> _byGrainType = [];

    /// <exception cref="ArgumentException">Two classes have one grain type.</exception>
    internal GrainClassMap(IEnumerable<Type> types)
    {
        foreach (var grainClass in types.Where(IsGrainClass).OrderBy(static type => type.FullName, StringComparer.Ordinal).Select(type => new GrainClass(type)))
        {
            if (_byGrainType.TryAdd(grainClass.GrainType, grainClass)) continue;
            throw new ArgumentException(
                $"Grain classes {_byGrainType[grainClass.GrainType].Type} and {grainClass.Type} have the same grain type \"{grainClass.GrainType}\".",
                nameof(types));
        }
    }

    /// <exception cref="ArgumentException">There is no such class.</exception>
    internal GrainClass Get(GrainType grainType) => _byGrainType.TryGetValue(grainType, out var found)
        ? found
        : throw new ArgumentException($"Could not find a grain class of grain type \"{grainType}\".", nameof(grainType));

    /// <summary>The one class that implements the interface, among those whose full name begins with the prefix.</summary>
    /// <exception cref="ArgumentException">There is none, or more than one.</exception>
    internal GrainType Resolve(Type grainInterface, string? classNamePrefix)
    {
        var candidates = _byGrainType.Values
            .Where(candidate => grainInterface.IsAssignableFrom(candidate.Type))
            .Where(candidate => classNamePrefix is null || candidate.Type.FullName!.StartsWith(classNamePrefix, StringComparison.Ordinal))
            .ToList();
        return candidates.Count switch
        {
            1 => candidates[0].GrainType,
            0 => throw new ArgumentException($"Could not find an implementation for interface {grainInterface}.", nameof(grainInterface)),
            _ => throw new ArgumentException(
                $"Interface {grainInterface} has several implementations: {string.Join(", ", candidates.Select(candidate => candidate.Type))}. "
                + "Choose one by the prefix of its class name.",
                nameof(grainInterface)),
        };
    }

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false }
        && typeof(IGrain).IsAssignableFrom(type)
        && !typeof(GrainReference).IsAssignableFrom(type);
}
