namespace OwpPool.Client;

/// <summary>Whether the audit log is what the pool has written.</summary>
/// <param name="Ok">Nothing is wrong.</param>
/// <param name="Events">Events looked at.</param>
/// <param name="Anchor">The mark before the oldest event that is kept.</param>
/// <param name="Head">The mark of the newest event, <c>seq:hash</c>; noted elsewhere, it shows later that nothing before it was changed.
/// </param>
/// <param name="FaultCount">How many places are wrong.</param>
/// <param name="Faults">The first of them.</param>
public sealed record AuditReport(
    bool Ok, long Events, string Anchor, string Head, long FaultCount, IReadOnlyList<AuditFault> Faults);

/// <summary>A place where the log is not what the pool has written.</summary>
/// <param name="Id">The first event concerned, <c>e_…</c>.</param>
/// <param name="Kind">changed, missing, foreign, rewritten or noted_mark.</param>
/// <param name="Message">What is wrong.</param>
public sealed record AuditFault(string Id, string Kind, string Message);
