using Orleans.Metadata;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Names the grain type, which identities and reminder rows carry. Without it the name comes from the class and changes with
/// it.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class GrainTypeAttribute(string grainType) : Attribute, IGrainTypeProviderAttribute
{
    private readonly GrainType _grainType = GrainType.Create(grainType);

    public GrainType GetGrainType(IServiceProvider services, Type type) => _grainType;
}
