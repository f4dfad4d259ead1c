using OwpPool.Core.Repos;
using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;
using OwpPool.Core.Workers;
using Orleans;

namespace OwpPool.Core.Matching;

/// <summary>Why a worker does not get a task (protocol rule 1). The order is that of the checks: the first that applies is the answer.</summary>
public enum Ineligibility
{
    /// <summary>The whole pool is paused.</summary>
    PoolPaused,

    /// <summary>The repo is paused.</summary>
    RepoPaused,

    /// <summary>The repo's review budget is used up.</summary>
    BudgetExhausted,

    /// <summary>The worker is paused, offline or revoked.</summary>
    WorkerUnavailable,

    /// <summary>The worker holds as many tasks as it may.</summary>
    ConcurrencyReached,

    /// <summary>The task's <c>not_before</c> or a requeue's backoff is not over.</summary>
    NotBefore,

    /// <summary>A task that must be merged first is not.</summary>
    DependencyOpen,

    /// <summary>The worker lacks a required skill.</summary>
    SkillMissing,

    /// <summary>The worker's trust does not reach the task's tier in this repo.</summary>
    TrustTooLow,

    /// <summary>The task's points do not fit into what the worker has free.</summary>
    CapacityExceeded,

    /// <summary>Another task holds the area.</summary>
    AreaLocked,

    /// <summary>The worker excluded or lately rejected the task.</summary>
    Excluded,

    /// <summary>The worker failed, lost or released the task lately, and another who is online could take it.</summary>
    HeldLately,

    /// <summary>The worker has as many pull requests in this repo as it may that nobody else has seen.</summary>
    ReviewsUnconfirmed,

    /// <summary>A task that must be merged first was cancelled or is a dead letter.</summary>
    DependencyDead,
}

/// <summary>What of a task decides who may take it. Tasks of one shape are interchangeable to the matcher but for their age.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-shape")]
public sealed record TaskShape
{
    /// <summary>Canonical skills, sorted.</summary>
    [Id(0)] public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>0..3.</summary>
    [Id(1)] public int Tier { get; init; }

    /// <summary>1..100.</summary>
    [Id(2)] public int Points { get; init; }

    /// <summary>Same skills, tier and points.</summary>
    public bool Equals(TaskShape? other) =>
        other is not null && Tier == other.Tier && Points == other.Points && Skills.SequenceEqual(other.Skills, StringComparer.Ordinal);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var skill in Skills) hash.Add(skill, StringComparer.Ordinal);
        hash.Add(Tier);
        hash.Add(Points);
        return hash.ToHashCode();
    }
}

/// <summary>What of a worker decides which tasks it may take, as of now.</summary>
[GenerateSerializer, Immutable, Alias("owp.worker-capability")]
public sealed record WorkerCapability
{
    /// <summary>The worker.</summary>
    [Id(0)] public string WorkerId { get; init; } = "";

    /// <summary>Canonical skills.</summary>
    [Id(1)] public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>Its trust.</summary>
    [Id(2)] public TrustTier Trust { get; init; }

    /// <summary>Capacity less what it holds.</summary>
    [Id(3)] public int FreePoints { get; init; }

    /// <summary>Concurrency less what it holds.</summary>
    [Id(4)] public int FreeSlots { get; init; }

    /// <summary>Online, not paused, not revoked.</summary>
    [Id(5)] public bool Available { get; init; } = true;

    /// <summary>0..100; among equals the higher comes first (rule 11).</summary>
    [Id(6)] public double Reputation { get; init; } = WorkerReputation.Unknown;

    /// <summary>What the worker could take if it held nothing.</summary>
    public static WorkerCapability Of(WorkerState worker, DateTimeOffset now) => new()
    {
        WorkerId = worker.WorkerId,
        Skills = [.. worker.Skills.Select(Names.CanonicalSkill)],
        Trust = worker.TrustTier,
        FreePoints = worker.CapacityPoints,
        FreeSlots = worker.MaxConcurrentTasks,
        Reputation = worker.Reputation.Score,
        Available = worker.MayWork(now) && worker.Status is (WorkerStatus.Idle or WorkerStatus.Working),
    };
}

/// <summary>The checks of protocol rule 1 that look at worker, shape and repo; those that look at one task are the backlog's.</summary>
public static class Eligibility
{
    /// <summary>Why the worker may take nothing at all from the repo; null if it may.</summary>
    /// <param name="settings">The repo's.</param>
    /// <param name="budgetUsed">How many of its tasks hold budget.</param>
    /// <param name="worker">Who asks.</param>
    /// <param name="reviewsFull">Whether the worker has as many unconfirmed reviews there as it may.</param>
    public static Ineligibility? WhyNothing(RepoSettings settings, int budgetUsed, WorkerCapability worker, bool reviewsFull = false)
    {
        if (settings.Paused) return Ineligibility.RepoPaused;
        if (budgetUsed >= settings.MaxOpenPrs) return Ineligibility.BudgetExhausted;
        if (!worker.Available) return Ineligibility.WorkerUnavailable;
        if (worker.FreeSlots <= 0) return Ineligibility.ConcurrencyReached;
        return reviewsFull ? Ineligibility.ReviewsUnconfirmed : null;
    }

    /// <summary>Why the worker may not take a task of this shape; null if it may.</summary>
    public static Ineligibility? WhyNot(TaskShape shape, WorkerCapability worker, TrustPolicy trust)
    {
        for (var i = 0; i < shape.Skills.Count; i++)
            if (!HasSkill(worker.Skills, shape.Skills[i])) return Ineligibility.SkillMissing;
        if (shape.Tier > trust.MaxTier(worker.Trust)) return Ineligibility.TrustTooLow;
        return shape.Points > worker.FreePoints ? Ineligibility.CapacityExceeded : null;
    }

    // Asked for every shape on every claim: no enumerators.
    private static bool HasSkill(IReadOnlyList<string> skills, string skill)
    {
        for (var i = 0; i < skills.Count; i++)
            if (string.Equals(skills[i], skill, StringComparison.Ordinal)) return true;
        return false;
    }
}
