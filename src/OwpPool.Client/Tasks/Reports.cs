using System.Text.Json;

namespace OwpPool.Client;

/// <summary>Where the work on a task stands.</summary>
public enum ReportedStatus
{
    /// <summary>Begun, or going on.</summary>
    InProgress,

    /// <summary>Waits for something.</summary>
    Blocked,

    /// <summary>A pull request waits for review; ends the lease.</summary>
    PrOpened,

    /// <summary>Done.</summary>
    Merged,

    /// <summary>It did not work out: the task goes back and the attempt counts.</summary>
    Failed,
}

/// <summary>A report on a task.</summary>
public sealed record ReportRequest(ReportedStatus Status)
{
    /// <summary>Up to 4,000 characters.</summary>
    public string? Message { get; init; }

    /// <summary>What the work produced; fields left out keep what earlier reports said.</summary>
    public Artifact? Artifact { get; init; }

    /// <summary>Of the lease that the report is made under. With it a repeat is harmless.</summary>
    public string? LeaseId { get; init; }

    /// <summary>Of the same lease.</summary>
    public long? FencingToken { get; init; }
}

/// <summary>What the work produced.</summary>
public sealed record Artifact
{
    /// <summary>https, on a host that the pool allows; one pull request serves one task.</summary>
    public Uri? PrUrl { get; init; }

    /// <summary>The commit.</summary>
    public string? CommitSha { get; init; }

    /// <summary>A patch to download.</summary>
    public Uri? PatchUrl { get; init; }

    /// <summary>Anything else.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }
}

/// <summary>A task given back; no attempt is counted.</summary>
public sealed record ReleaseRequest
{
    /// <summary>Up to 500 characters; the next worker reads it.</summary>
    public string? Reason { get; init; }

    /// <summary>How long the task rests before anybody gets it again, up to a day; null = not at all.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The lease; if given, it must be the latest.</summary>
    public string? LeaseId { get; init; }

    /// <summary>Of the same lease.</summary>
    public long? FencingToken { get; init; }
}

/// <summary>Where the task stands after the report.</summary>
public sealed record ReportReply
{
    /// <summary>Always true in a 200.</summary>
    public bool Ok { get; init; }

    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its phase.</summary>
    public required string Status { get; init; }

    /// <summary>End of the lease; null when none runs.</summary>
    public DateTimeOffset? LeaseExpiresAt { get; init; }
}
