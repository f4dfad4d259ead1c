using Orleans.Runtime;

namespace Orleans.Metadata;

/// <summary>An attribute that names the grain type of the class it sits on.</summary>
public interface IGrainTypeProviderAttribute
{
    GrainType GetGrainType(IServiceProvider services, Type type);
}
