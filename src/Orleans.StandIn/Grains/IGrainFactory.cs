using Orleans.Runtime;

namespace Orleans;

/// <summary>Makes references to grains. A reference costs no call and activates nothing.</summary>
public interface IGrainFactory
{
    /// <param name="primaryKey">Not empty, not white space.</param>
    /// <param name="grainClassNamePrefix">Chooses among several classes that implement the interface, by the start of their full
    /// name.</param>
    /// <exception cref="ArgumentException">No class implements the interface, or several do.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);

    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable;

    /// <summary>A reference that knows no interface; <c>AsReference</c> gives it one.</summary>
    IAddressable GetGrain(GrainId grainId);
}
