namespace Orleans;

/// <summary>Promises that instances never change after construction, so that a call may pass the reference and not a copy.
/// The promise holds for exactly the marked type: a derived type needs its own.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter
    | AttributeTargets.ReturnValue,
    Inherited = false)]
public sealed class ImmutableAttribute : Attribute;
