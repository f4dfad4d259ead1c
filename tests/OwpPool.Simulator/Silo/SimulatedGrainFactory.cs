namespace OwpPool.Simulator;

/// <summary>The one factory of a silo, for grains and for clients. Grains are found by string keys, as the pool's are.</summary>
internal sealed class SimulatedGrainFactory(SiloProcess silo) : IGrainFactory
{
    private readonly Dictionary<Type, GrainType> _grainTypes = [];
    private readonly Dictionary<(GrainType, Type), GrainReferenceShared> _shared = [];
    private readonly Dictionary<(Type, string), GrainReference> _references = [];

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)(object)Get(typeof(TGrainInterface), primaryKey, grainClassNamePrefix);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => (IGrain)(object)Get(grainInterfaceType, grainPrimaryKey, null);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable =>
        (TGrainInterface)(object)CreateReference(grainId, typeof(TGrainInterface));

    public IAddressable GetGrain(GrainId grainId) => CreateReference(grainId, OrleansParts.Classes.Get(grainId.Type).MainInterface);

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) =>
        CreateReference(grainId, OrleansParts.InterfaceOf(interfaceType));

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) =>
        Get(interfaceType, grainKey.ToString()!, grainClassNamePrefix);

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => Get(interfaceType, grainKey.ToString()!, null);

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw OtherKey();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw OtherKey();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw OtherKey();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw OtherKey();

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey => throw OtherKey();

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => throw OtherKey();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey => throw OtherKey();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => throw OtherKey();

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => throw NoObservers();

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => throw NoObservers();

    internal GrainReference CreateReference(GrainId grainId, Type grainInterface)
    {
        if (!_shared.TryGetValue((grainId.Type, grainInterface), out var shared))
        {
            _shared[(grainId.Type, grainInterface)] = shared = new GrainReferenceShared(
                grainId.Type, OrleansParts.NameOf(grainInterface), 0, silo, default, OrleansParts.Codecs, OrleansParts.CopyContexts, silo.Services);
        }
        return OrleansParts.CreateProxy(grainInterface, shared, grainId.Key);
    }

    private GrainReference Get(Type grainInterface, string primaryKey, string? prefix)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        if (prefix is not null) return Create(OrleansParts.Classes.Resolve(grainInterface, prefix));
        if (_references.TryGetValue((grainInterface, primaryKey), out var known)) return known;
        if (!_grainTypes.TryGetValue(grainInterface, out var grainType))
            _grainTypes[grainInterface] = grainType = OrleansParts.Classes.Resolve(grainInterface, null);
        return _references[(grainInterface, primaryKey)] = Create(grainType);

        GrainReference Create(GrainType type) => CreateReference(new GrainId(type, IdSpan.Create(primaryKey)), grainInterface);
    }

    private static NotSupportedException OtherKey() => new("The simulator finds grains by string keys only.");

    private static NotSupportedException NoObservers() => new("The simulator has no observers.");
}
