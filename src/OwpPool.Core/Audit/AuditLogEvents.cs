namespace OwpPool.Core.Audit;

/// <summary>The events that the audit log writes of itself.</summary>
public static class AuditLogEvents
{
    /// <summary>Retention removes the oldest events: all up to the number in <see cref="ThroughSeq"/>.</summary>
    public const string Trimmed = "audit.trimmed";

    /// <summary>What such events are about.</summary>
    public const string Target = "audit";

    /// <summary>The detail with the number of the last event that is removed.</summary>
    public const string ThroughSeq = "through_seq";
}
