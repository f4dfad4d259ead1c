namespace OwpPool.Storage.Audit;

/// <summary>An event of the audit log, as it is stored: one that somebody has damaged must be shown too.</summary>
/// <param name="Seq">Its number.</param>
/// <param name="At">When; RFC 3339 in UTC unless it was damaged.</param>
/// <param name="Type">What happened.</param>
/// <param name="Actor">Who.</param>
/// <param name="Target">What changed.</param>
/// <param name="Repo">The canonical repo key, where there is one.</param>
/// <param name="Details">A JSON object unless it was damaged.</param>
public sealed record AuditEntry(long Seq, string At, string Type, string Actor, string Target, string? Repo, string Details);

/// <summary>Which part of what a filter finds.</summary>
public sealed record AuditPage
{
    /// <summary>Oldest first; default newest first.</summary>
    public bool Ascending { get; init; }

    /// <summary>Only events beyond this one, in the page's order; null = from the first.</summary>
    public long? Beyond { get; init; }

    /// <summary>So many are passed over. Each costs the reading of it; <see cref="Beyond"/> costs nothing.</summary>
    public int Offset { get; init; }

    /// <summary>At most so many.</summary>
    public required int Limit { get; init; }
}

/// <summary>How many events a filter finds.</summary>
/// <param name="Count">So many.</param>
/// <param name="IsExact">False where there are more than <see cref="AuditLog.CountedEvents"/>, which is then the count.</param>
public readonly record struct AuditTotal(long Count, bool IsExact);
