namespace Orleans;

/// <summary>Gives a member its number within its type; a member without one does not travel.</summary>
[AttributeUsage(
    AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter | AttributeTargets.Class | AttributeTargets.Struct
    | AttributeTargets.Enum | AttributeTargets.Method)]
public sealed class IdAttribute(uint id) : Attribute
{
    /// <summary>Unique within the declaring type; never reused or renumbered once released.</summary>
    public uint Id { get; } = id;
}
