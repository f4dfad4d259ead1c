namespace OwpPool.Core.Shared;

/// <summary>A stored state that carries the events of its last change.</summary>
public interface IAudited
{
    /// <summary>The events, in order; empty where the change is none that the audit log keeps.</summary>
    IReadOnlyList<AuditEvent> Events { get; }
}
