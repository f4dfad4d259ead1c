using System.Reflection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain call as a filter sees it.</summary>
public interface IGrainCallContext
{
    object Grain { get; }

    MethodInfo InterfaceMethod { get; }

    string InterfaceName { get; }

    GrainInterfaceType InterfaceType { get; }

    string MethodName { get; }

    /// <summary>The method's result, once it was invoked; may be replaced.</summary>
    object? Result { get; set; }

    /// <summary>The calling grain; null when the host's client calls.</summary>
    GrainId? SourceId { get; }

    GrainId TargetId { get; }

    /// <summary>Goes on to the next filter or, after the last, to the method.</summary>
    Task Invoke();
}
