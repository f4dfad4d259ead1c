using System.Reflection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain call on the side of the grain that is called.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    MethodInfo ImplementationMethod { get; }

    IGrainContext TargetContext { get; }
}
