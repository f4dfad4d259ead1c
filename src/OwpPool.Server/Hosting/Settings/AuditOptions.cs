using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>The audit log: <c>OwpPool:Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>How many days an event is kept. What is older is removed, and that it was is an event.</summary>
    /// <value>Default 0: all are kept; 0 to 36,500. Figures of the analytics and resumed event streams reach no further back.</value>
    [Range(0, 36_500)]
    public int RetentionDays { get; set; }

    /// <summary>How many days an event that is too old is kept on for those who have still to act on it: reputation, webhooks, GitHub.
    /// </summary>
    /// <value>Default 7, longer than a webhook fails before it is disabled; 0 to 36,500. It ends: one that is stuck must not keep the log
    /// for ever. The event that tells of the removal names who had not read all.</value>
    [Range(0, 36_500)]
    public int UnreadDays { get; set; } = 7;
}
