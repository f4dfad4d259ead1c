using System.Reflection;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Metadata;

namespace OwpPool.Simulator;

/// <summary>What the runtime knows of one grain class.</summary>
internal sealed class GrainClass(Type type)
{
    private readonly Lazy<DefaultGrainActivator> _activator = new(() => OrleansParts.CreateActivator(type));
    private readonly bool _isKeptAlive = type.IsDefined(typeof(KeepAliveAttribute), inherit: true);
    private readonly CollectionAgeLimitAttribute? _ageLimit = type.GetCustomAttribute<CollectionAgeLimitAttribute>();

    internal Type Type => type;

    internal GrainType GrainType { get; } = NameOf(type);

    internal bool IsReentrant { get; } = type.IsDefined(typeof(ReentrantAttribute), inherit: true);

    /// <summary>An interface by which the grain can be called.</summary>
    internal Type MainInterface { get; } = Array.Find(type.GetInterfaces(), OrleansParts.HasProxy)
        ?? throw new ArgumentException($"Grain class {type} implements no grain interface.", nameof(type));

    /// <summary>How long an activation that nobody uses stays; null = for ever.</summary>
    internal TimeSpan? AgeLimit(GrainCollectionOptions options)
    {
        if (_isKeptAlive) return null;
        if (_ageLimit is { } limit) return limit.AlwaysActive ? null : limit.AgeLimit;
        return options.ClassSpecificCollectionAge.TryGetValue(type.FullName!, out var age) ? age : options.CollectionAge;
    }

    internal object CreateInstance(IGrainContext context) => _activator.Value.CreateInstance(context);

    internal ValueTask DisposeInstance(IGrainContext context, object instance) => _activator.Value.DisposeInstance(context, instance);

    private static GrainType NameOf(Type type)
    {
        if (type.GetCustomAttributes(inherit: false).OfType<IGrainTypeProviderAttribute>().FirstOrDefault() is { } named)
            return named.GetGrainType(NoServices.Instance, type);
        const string Suffix = "grain";
        var name = type.Name.ToLowerInvariant();
        return GrainType.Create(name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name);
    }

    private sealed class NoServices : IServiceProvider
    {
        internal static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
