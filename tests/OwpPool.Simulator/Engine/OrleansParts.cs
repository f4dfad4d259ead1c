using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Metadata;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Configuration;
using Orleans.Serialization.Invocation;
using Orleans.Serialization.Serializers;

namespace OwpPool.Simulator;

/// <summary>What is Orleans' own: its generated proxies, codecs and copiers. Slow to make, so all silos of the process share it.</summary>
internal static class OrleansParts
{
    private static readonly ServiceProvider Services = new ServiceCollection()
        .AddSerializer()
        .AddSingleton<GrainInterfaceTypeResolver>()
        .AddSingleton<IAttributeToFactoryMapper<PersistentStateAttribute>, PersistentStateAttributeMapper>()
        .BuildServiceProvider();

    private static readonly GrainInterfaceTypeResolver InterfaceTypes = Services.GetRequiredService<GrainInterfaceTypeResolver>();
    private static readonly Serializer Serializer = Services.GetRequiredService<Serializer>();
    private static readonly DeepCopier Copier = Services.GetRequiredService<DeepCopier>();
    private static readonly DeepCopier<Response> Responses = Copier.GetCopier<Response>();
    private static readonly TypeManifestOptions Manifest = Services.GetRequiredService<IOptions<TypeManifestOptions>>().Value;

    private static readonly Dictionary<Type, Func<GrainReferenceShared, IdSpan, GrainReference>> Proxies = FindProxies();

    private static readonly Dictionary<GrainInterfaceType, Type> Interfaces =
        Proxies.Keys.ToDictionary(InterfaceTypes.GetGrainInterfaceType, static type => type);

    internal static CodecProvider Codecs { get; } = Services.GetRequiredService<CodecProvider>();

    internal static CopyContextPool CopyContexts { get; } = Services.GetRequiredService<CopyContextPool>();

    /// <summary>All grain classes that the process knows; last, for it needs what is above.</summary>
    internal static GrainClassMap Classes { get; } = new(Manifest.InterfaceImplementations);

    internal static bool HasProxy(Type grainInterface) => Proxies.ContainsKey(grainInterface);

    internal static GrainInterfaceType NameOf(Type grainInterface) => InterfaceTypes.GetGrainInterfaceType(grainInterface);

    /// <exception cref="ArgumentException">There is no such interface.</exception>
    internal static Type InterfaceOf(GrainInterfaceType name) => Interfaces.TryGetValue(name, out var found)
        ? found
        : throw new ArgumentException($"Could not find a grain interface named \"{name}\".", nameof(name));

    /// <exception cref="ArgumentException">Orleans has generated no proxy for the interface.</exception>
    internal static GrainReference CreateProxy(Type grainInterface, GrainReferenceShared shared, IdSpan key) =>
        Proxies.TryGetValue(grainInterface, out var create)
            ? create(shared, key)
            : throw new ArgumentException($"Could not find a proxy for interface {grainInterface}.", nameof(grainInterface));

    internal static DefaultGrainActivator CreateActivator(Type grainClass) => new(Services, grainClass);

    internal static Response Copy(Response response) => Responses.Copy(response);

    internal static T CopyOf<T>(T value) => Copier.Copy(value)!;

    /// <summary>The same by way of bytes, as between two processes.</summary>
    internal static T Resend<T>(T value) => Serializer.Deserialize<T>(Serializer.SerializeToArray(value))!;

    /// <summary>A state as it comes up where nothing is stored: without a parameterless constructor, with all fields empty.</summary>
    internal static T CreateState<T>()
    {
        if (typeof(T).IsValueType) return default!;
        const System.Reflection.BindingFlags Any =
            System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic;
        var constructor = typeof(T).GetConstructor(Any, []);
        return (T)(constructor is null ? RuntimeHelpers.GetUninitializedObject(typeof(T)) : constructor.Invoke(null));
    }

    private static Dictionary<Type, Func<GrainReferenceShared, IdSpan, GrainReference>> FindProxies()
    {
        var proxies = new Dictionary<Type, Func<GrainReferenceShared, IdSpan, GrainReference>>();
        foreach (var proxy in Manifest.InterfaceProxies)
        {
            if (proxy.IsGenericTypeDefinition || !typeof(GrainReference).IsAssignableFrom(proxy)) continue;
            var addressable = proxy.GetInterfaces().Where(typeof(IAddressable).IsAssignableFrom).ToList();
            // A proxy implements its interface and those that this one inherits.
            if (addressable.Find(one => addressable.TrueForAll(other => other.IsAssignableFrom(one))) is { } own) proxies[own] = Compile(proxy);
        }
        return proxies;
    }

    /// <summary>The generated class is internal, its constructor public: compiled code may call it, and does so in 0.3 µs.</summary>
    private static Func<GrainReferenceShared, IdSpan, GrainReference> Compile(Type proxy)
    {
        var (shared, key) = (Expression.Parameter(typeof(GrainReferenceShared)), Expression.Parameter(typeof(IdSpan)));
        var constructor = proxy.GetConstructor([typeof(GrainReferenceShared), typeof(IdSpan)])
            ?? throw new MissingMethodException(proxy.FullName, ".ctor(GrainReferenceShared, IdSpan)");
        return Expression.Lambda<Func<GrainReferenceShared, IdSpan, GrainReference>>(Expression.New(constructor, shared, key), shared, key).Compile();
    }
}
