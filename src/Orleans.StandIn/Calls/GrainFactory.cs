using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>The one factory of a silo: the grains' and the host's client.</summary>
internal sealed class GrainFactory(Silo silo, IServiceProvider services) : IClusterClient
{
    private static readonly ConcurrentDictionary<Type, Func<GrainFactory, GrainId, GrainReference>> Activators = new();
    private readonly ConcurrentDictionary<Type, GrainType> _grainTypes = new();

    public IServiceProvider ServiceProvider => services;

    internal Silo Silo => silo;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)(object)Create(typeof(TGrainInterface), primaryKey, grainClassNamePrefix);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => (IGrain)Create(grainInterfaceType, grainPrimaryKey, null);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable =>
        (TGrainInterface)(object)CreateReference(grainId, typeof(TGrainInterface));

    public IAddressable GetGrain(GrainId grainId) => new GrainReference(this, grainId, null);

    internal GrainReference CreateReference(GrainId grainId, Type grainInterface) =>
        Activators.GetOrAdd(grainInterface, static type => ReferenceEmitter.Create(type))(this, grainId);

    private object Create(Type grainInterface, string primaryKey, string? prefix)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        var grainType = prefix is null
            ? _grainTypes.GetOrAdd(grainInterface, static (type, silo) => silo.Classes.Resolve(type, null), silo)
            : silo.Classes.Resolve(grainInterface, prefix);
        return CreateReference(new GrainId(grainType, IdSpan.Create(primaryKey)), grainInterface);
    }
}
