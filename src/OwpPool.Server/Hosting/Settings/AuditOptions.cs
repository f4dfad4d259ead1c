using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>The audit log: <c>OwpPool:Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>How many days an event is kept. What is older is removed, and that it was is an event.</summary>
    /// <value>Default 0: all are kept; 0 to 36,500. Figures of the analytics and resumed event streams reach no further back.</value>
    [Range(0, 36_500)]
    public int RetentionDays { get; set; }
}
