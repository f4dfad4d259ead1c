using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Workers;

namespace OwpPool.Grains.Hosting;

/// <summary>Leases: <c>OwpPool:Lease</c> in the configuration, <c>OwpPool__Lease__…</c> in the environment.</summary>
public sealed class LeaseOptions
{
    /// <summary>Shortest TTL outside Development, in seconds.</summary>
    public const int MinTtlSeconds = 30;

    /// <summary>How long a lease runs without a renewal, in seconds.</summary>
    /// <value>Default 14,400 (4 h); 30 to 86,400, from 1 in Development.</value>
    [Range(1, 86_400)]
    public int TtlSeconds { get; set; } = 14_400;

    /// <summary>How long a lease may be renewed in all, from its grant, in seconds.</summary>
    /// <value>Default 86,400 (24 h); 1 to 604,800.</value>
    [Range(1, 604_800)]
    public int LifetimeSeconds { get; set; } = 86_400;

    /// <summary>Counted attempts after which a task is a dead letter.</summary>
    /// <value>Default 5; 1 to 100. A repo may have its own.</value>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 5;
}

/// <summary>Offers: <c>OwpPool:Offer</c>.</summary>
public sealed class OfferOptions
{
    /// <summary>How long an offer stays open, in seconds. Meanwhile it holds budget, area and the worker's capacity.</summary>
    /// <value>Default 120; 1 to 3,600.</value>
    [Range(1, 3_600)]
    public int TtlSeconds { get; set; } = 120;

    /// <summary>How long a worker is not given a task again that it has rejected, in seconds.</summary>
    /// <value>Default 3,600 (1 h); 0 to 86,400.</value>
    [Range(0, 86_400)]
    public int RejectionCooldownSeconds { get; set; } = 3_600;

    /// <summary>Rejections that are remembered of one worker; past them it must let offers run out.</summary>
    /// <value>Default 200; 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int MaxRejections { get; set; } = 200;

    /// <summary>The same as the rules take it.</summary>
    public RejectionRules ToRules() => new(TimeSpan.FromSeconds(RejectionCooldownSeconds), MaxRejections);
}

/// <summary>Reviews that nobody but their worker has seen: <c>OwpPool:Review</c>. They hold budget by one worker's word; workers of trust
/// <c>trusted</c> and above are taken at it.</summary>
public sealed class ReviewOptions
{
    /// <summary>How many a worker may have in one repo; with so many it is given no more of its tasks.</summary>
    /// <value>Default 3; 0 to 100, 0 = any number.</value>
    [Range(0, 100)]
    public int MaxUnconfirmed { get; set; } = 3;

    /// <summary>How long each lasts until its task is free again, in seconds.</summary>
    /// <value>Default 604,800 (7 days); 0 to 31,536,000, 0 = for ever.</value>
    [Range(0, 31_536_000)]
    public int UnconfirmedSeconds { get; set; } = 604_800;

    /// <summary>How long no review ends after a time in which GitHub could not be heard: pull requests are compared with GitHub every ten
    /// minutes.</summary>
    public TimeSpan Hearing => TimeSpan.FromSeconds(Math.Min(UnconfirmedSeconds, 900));
}

/// <summary>Liveness of workers: <c>OwpPool:Worker</c>.</summary>
public sealed class WorkerOptions
{
    /// <summary>No sign of life for this long is offline, in seconds.</summary>
    /// <value>Default 90; 1 to 3,600.</value>
    [Range(1, 3_600)]
    public int HeartbeatTtlSeconds { get; set; } = 90;

    /// <summary>How often workers are asked to send a heartbeat, in seconds; told at registration.</summary>
    /// <value>Default 30: three may be missed. 1 to 3,600.</value>
    [Range(1, 3_600)]
    public int HeartbeatIntervalSeconds { get; set; } = 30;

    /// <summary>How long an offline worker keeps the leases that it has begun, in seconds.</summary>
    /// <value>Default 300; 0 to 86,400.</value>
    [Range(0, 86_400)]
    public int OfflineGraceSeconds { get; set; } = 300;

    /// <summary>A sign of life is stored at most this often, in seconds.</summary>
    /// <value>Default 60; 1 to 3,600.</value>
    [Range(1, 3_600)]
    public int SeenWriteIntervalSeconds { get; set; } = 60;

    /// <summary>Changes that one worker may make, which are all kept in the audit log, in an hour. A sixth of them may come at once.</summary>
    /// <value>Default 3,600; 0 to 10,000,000, 0 = any number.</value>
    [Range(0, 10_000_000)]
    public int EventsPerHour { get; set; } = 3_600;

    /// <summary>How long a worker is given to be heard when its grain comes to life, and after a time in which it could not be heard: one
    /// heartbeat.</summary>
    public TimeSpan Hearing => TimeSpan.FromSeconds(Math.Min(HeartbeatIntervalSeconds, 45));

    /// <summary>The same as the rules take it.</summary>
    public LivenessRules ToRules() => new(
        TimeSpan.FromSeconds(HeartbeatTtlSeconds), TimeSpan.FromSeconds(OfflineGraceSeconds), TimeSpan.FromSeconds(SeenWriteIntervalSeconds));
}

/// <summary>Matching: <c>OwpPool:Matching</c>.</summary>
public sealed class MatchingOptions
{
    /// <summary>Priority that a task gains for each full hour of waiting.</summary>
    /// <value>Default 1; 0 to 1,000, 0 = none.</value>
    [Range(0, 1_000)]
    public int AgeingPointsPerHour { get; set; } = 1;

    /// <summary>Different shapes that a repo tells the directory of, for other silos; its own knows all.</summary>
    /// <value>Default 32; 1 to 1,024.</value>
    [Range(1, 1_024)]
    public int MaxShapes { get; set; } = 32;

    /// <summary>Changes of a repo within this time make one summary, in milliseconds.</summary>
    /// <value>Default 10; 1 to 1,000.</value>
    [Range(1, 1_000)]
    public int PublishDelayMilliseconds { get; set; } = 10;

    /// <summary>Repos that one claim asks at most.</summary>
    /// <value>Default 16; 1 to 1,000.</value>
    [Range(1, 1_000)]
    public int MaxReposPerClaim { get; set; } = 16;

    /// <summary>Ready tasks that a repo keeps; it has all of them in memory.</summary>
    /// <value>Default 2,000,000; 1 to 10,000,000.</value>
    [Range(1, 10_000_000)]
    public int MaxReadyPerRepo { get; set; } = 2_000_000;
}
