using System.Text.Json;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>One change of the audit log.</summary>
/// <param name="Id">Prefix <c>e_</c> and a number that grows.</param>
/// <param name="Timestamp">When.</param>
/// <param name="EventType">What happened: a noun and a verb in the past tense.</param>
/// <param name="Actor">Who: a worker's id, <c>admin:NAME</c> or <c>system</c>.</param>
/// <param name="Target">The task, worker or repo that changed.</param>
/// <param name="Repo">The repo that it belongs to; null = none.</param>
/// <param name="Details">What it is now, and under names that end in <c>_before</c> what it was.</param>
public sealed record AuditEvent(
    string Id, DateTimeOffset Timestamp, string EventType, string Actor, string Target, string? Repo, JsonElement Details);

/// <summary>Which changes to read: all that is given must hold.</summary>
public sealed record AuditQuery
{
    /// <summary>Of this type, such as <c>task.merged</c>.</summary>
    public string? EventType { get; init; }

    /// <summary>By this worker, <c>admin:NAME</c> or <c>system</c>.</summary>
    public string? Actor { get; init; }

    /// <summary>Of this task, worker or repo.</summary>
    public string? Target { get; init; }

    /// <summary>In this repo, its tasks included.</summary>
    public string? Repo { get; init; }

    /// <summary>Not before this instant.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this instant.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The oldest first, and not the newest.</summary>
    public bool Ascending { get; init; }

    internal QueryPath ToPath() => new QueryPath("v1/audit/events").With("event_type", EventType).With("actor", Actor)
        .With("target", Target).With("repo", Repo).With("since", Since).With("until", Until).With("order", Ascending ? "asc" : null);
}

/// <summary>How an export of the audit log is written.</summary>
public enum AuditFormat
{
    /// <summary>With a heading; cells that a spreadsheet would take for a formula begin with an apostrophe.</summary>
    Csv,

    /// <summary>A JSON object a line.</summary>
    Ndjson,
}
