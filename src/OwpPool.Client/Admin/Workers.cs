using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>A worker in a list.</summary>
public record WorkerSummary
{
    /// <summary>Prefix <c>w_</c>.</summary>
    public required string WorkerId { get; init; }

    /// <summary>As it named itself.</summary>
    public required string Name { get; init; }

    /// <summary>idle, working, paused or offline.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>Its account on GitHub; null = none was told.</summary>
    public string? GithubHandle { get; init; }

    /// <summary>What it can do.</summary>
    public IReadOnlyList<string> Skills { get => field ?? []; init; }

    /// <summary>Sum of points that it works on at once.</summary>
    public int CapacityPoints { get; init; }

    /// <summary>Number of tasks that it works on at once.</summary>
    public int MaxConcurrentTasks { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    public string TrustTier { get => field ?? ""; init; }

    /// <summary>A maintainer allows it no new work.</summary>
    public bool PausedByAdmin { get; init; }

    /// <summary>The pool allows it no new work until then, because too many of its leases in a row failed or were lost; null = it does.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>Leases that failed or were lost since its last delivery.</summary>
    public int FailuresInARow { get; init; }

    /// <summary>Leases that ended one way or another.</summary>
    public int TotalTasks { get; init; }

    /// <summary>Share of those that were confirmed as merged, 0..1; null = none has ended.</summary>
    public double? CompletionRate { get; init; }

    /// <summary>Its tokens are revoked.</summary>
    public bool Revoked { get; init; }

    /// <summary>When it registered.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>Its last sign of life that was stored: a minute behind at most.</summary>
    public DateTimeOffset LastSeenAt { get; init; }
}

/// <summary>One worker with what it holds.</summary>
public sealed record WorkerDetails : WorkerSummary
{
    /// <summary>How much of its capacity is taken.</summary>
    public WorkerLoad Load { get => field ?? new(0, 0); init; }

    /// <summary>What it holds, under review included.</summary>
    public IReadOnlyList<TaskSummary> Tasks { get => field ?? []; init; }
}

/// <summary>Which workers to list: all that is given must hold.</summary>
public sealed record WorkerQuery
{
    /// <summary>idle, working, paused or offline; none = any.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];

    /// <summary>Has this skill.</summary>
    public string? Skill { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer; none = any.</summary>
    public IReadOnlyList<string> TrustTiers { get; init; } = [];

    /// <summary>Has an id that begins so, <c>w_</c> and at least four characters.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>Has exactly this name; several workers may.</summary>
    public string? Name { get; init; }

    /// <summary>Has this in its name, GitHub handle or id, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>-registered or -failures; null = -registered, the newest first.</summary>
    public string? Sort { get; init; }

    internal QueryPath ToPath() => new QueryPath("v1/workers")
        .With("status", Statuses).With("skill", Skill).With("trust_tier", TrustTiers).With("id_prefix", IdPrefix)
        .With("name", Name).With("q", Text).With("sort", Sort);
}

/// <summary>What was asked of a worker is done.</summary>
public sealed record WorkerReply(bool Ok, string WorkerId);

/// <summary>A worker is shut out.</summary>
/// <param name="Ok">Always true.</param>
/// <param name="WorkerId">The worker.</param>
/// <param name="Undone">How many reviews and unconfirmed merges of it went back; 0 where that was not asked for.</param>
public sealed record RevokedWorker(bool Ok, string WorkerId, int Undone);

/// <summary>What became of a worker's work.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="ReputationScore">0..100; 50 without history.</param>
/// <param name="TrustTier">untrusted, basic, trusted or maintainer.</param>
/// <param name="Metrics">What the score is made of.</param>
public sealed record Reputation(string WorkerId, double ReputationScore, string TrustTier, ReputationMetrics Metrics);

/// <summary>What a score is made of. Rates are null without history.</summary>
/// <param name="CompletionRate">Confirmed merges of finished leases, 0..1.</param>
/// <param name="AvgPrQuality">Mean of the maintainers' ratings, 1..5.</param>
/// <param name="OnTimeDelivery">Pull requests opened before the lease's first end, of finished leases, 0..1.</param>
/// <param name="TotalTasks">Finished leases.</param>
public sealed record ReputationMetrics(double? CompletionRate, double? AvgPrQuality, double? OnTimeDelivery, int TotalTasks);

internal sealed record RevokeRequest(string? Reason, bool Undo);

internal sealed record TrustRequest(string Tier, string? Reason);
