using Orleans;
using OwpPool.Core.Matching;

namespace OwpPool.Core.Tasks;

/// <summary>What a maintainer says of a new task; validated before it comes here.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-spec")]
public sealed record TaskSpec
{
    /// <summary>1..300 characters.</summary>
    [Id(0)] public required string Title { get; init; }

    /// <summary>Up to 64 KiB.</summary>
    [Id(1)] public string Description { get; init; } = "";

    /// <summary>1..100; default 1.</summary>
    [Id(2)] public int EstimatePoints { get; init; } = 1;

    /// <summary>0..1000; default 10; higher first.</summary>
    [Id(3)] public int Priority { get; init; } = 10;

    /// <summary>Up to 50; none = anyone.</summary>
    [Id(4)] public IReadOnlyList<string> RequiredSkills { get; init; } = [];

    /// <summary>As written; blank = none.</summary>
    [Id(5)] public string? Area { get; init; }

    /// <summary>0..3; default 0.</summary>
    [Id(6)] public int Tier { get; init; }

    /// <summary>Not leased before this instant.</summary>
    [Id(7)] public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Tasks that must be merged first.</summary>
    [Id(8)] public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The id in the tracker that it came from.</summary>
    [Id(9)] public string? ExternalId { get; init; }
}

/// <summary>What of a task decides who may have it, and what it locks.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-claim")]
public sealed record TaskClaim([property: Id(0)] TaskShape Shape, [property: Id(1)] string? AreaKey);

/// <summary>Why a worker rejects an offer.</summary>
public enum OfferRejection
{
    /// <summary>Another reason; the note may say which.</summary>
    Other,

    /// <summary>It has no time for it.</summary>
    InsufficientTime,

    /// <summary>It cannot tell what is to be done.</summary>
    UnclearRequirements,

    /// <summary>It lacks a skill that the task does not name.</summary>
    SkillMismatch,
}

/// <summary>A command to a task. <see cref="TaskLifecycle.Decide"/> answers every pair of command and phase. Serialised by position: new
/// members go to the end.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-command")]
public abstract partial record TaskCommand
{
    /// <summary>Adds the task to its repo's backlog. The tasks of a batch say themselves since when they wait, so that they keep their order.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.create")]
    public sealed record Create(
        string TaskId, string Repo, string RepoName, TaskSpec Spec, string Actor, DateTimeOffset? ReadyAt = null) : TaskCommand;

    /// <summary>Grants the lease that the repo has already reserved. A repeat with the same lease id changes nothing.
    /// <paramref name="ChosenBy"/>: what the repo chose it by, where that matters; a task that was edited since is not granted.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.grant")]
    public sealed record Grant(
        string WorkerId, string LeaseId, long Token, int TtlSeconds, string? RequestKey = null, TaskClaim? ChosenBy = null) : TaskCommand;

    /// <summary>Shows the task to a worker, for which the repo has already reserved it; otherwise like <see cref="Grant"/>.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.offer")]
    public sealed record Offer(
        string WorkerId, string OfferId, long Token, int TtlSeconds, string? RequestKey = null, TaskClaim? ChosenBy = null) : TaskCommand;

    /// <summary>The worker takes what it was offered: the offer becomes a lease, with the offer's token.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.accept-offer")]
    public sealed record AcceptOffer(string WorkerId, string OfferId, int TtlSeconds) : TaskCommand;

    /// <summary>The worker does not want what it was offered.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.reject-offer")]
    public sealed record RejectOffer(string WorkerId, string OfferId, OfferRejection Reason, string? Note) : TaskCommand;

    /// <summary>Asks how the task stands, and changes nothing.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.look")]
    public sealed record Look : TaskCommand;

    /// <summary>Asks what became of a grant or an offer. If the lease does not run, its token is spent, so that a late message cannot grant it.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.settle")]
    public sealed record Settle(string LeaseId, long Token) : TaskCommand;

    /// <summary>Moves the lease's end; <paramref name="ExpiresAt"/> is decided by the repo.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.renew")]
    public sealed record Renew(string LeaseId, DateTimeOffset ExpiresAt) : TaskCommand;

    /// <summary>Ends the lease or offer if its time is over.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.expire")]
    public sealed record Expire(string LeaseId, int MaxAttempts) : TaskCommand;

    /// <summary>Gives the task back: by its holder, or by the pool for it. <paramref name="RetryAfter"/> puts off the next grant to this
    /// worker; to others for ten minutes at most.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.give-back")]
    public sealed record GiveBack(string WorkerId, string? LeaseId, long? Token, AttemptOutcome Outcome, string? Reason, int MaxAttempts,
        TimeSpan RetryAfter, string Actor, string? RequestKey = null) : TaskCommand;

    /// <summary>The holder reports where the work stands.</summary>
    /// <param name="WorkerId">Who says so.</param>
    /// <param name="Status">Where it stands.</param>
    /// <param name="LeaseId">If given, it must be the latest.</param>
    /// <param name="Token">If given, it must be the latest.</param>
    /// <param name="Message">The holder's words; null = none.</param>
    /// <param name="Artifact">What the work has produced.</param>
    /// <param name="WorkersMayMerge">Whether its word makes the task merged; if not, it is kept as a claim.</param>
    /// <param name="TtlSeconds">Length of the lease under which work goes on after a review.</param>
    /// <param name="HoldsArea">The repo has taken back for the task the area that it may have given up when its review began; without it a
    /// task under review does not go back to work.</param>
    /// <param name="LifetimeSeconds">How long the holder may have the task by its own word, from its grant; null = for ever.</param>
    /// <param name="ReviewSeconds">How long a review lasts that nobody but the holder has seen; null = for ever.</param>
    /// <param name="IsNoClaim">Whether a merge is refused where the holder's word does not merge, rather than kept as a claim.</param>
    [GenerateSerializer, Immutable, Alias("owp.task-command.report")]
    public sealed record Report(string WorkerId, TaskPhase Status, string? LeaseId, long? Token, string? Message, Artifact Artifact,
        bool WorkersMayMerge, int TtlSeconds, bool HoldsArea = true, int? LifetimeSeconds = null, int? ReviewSeconds = null,
        bool IsNoClaim = false) : TaskCommand;

    /// <summary>A maintainer puts the task back to ready: out of its holder's hands, out of review, out of the dead letters, or out of a
    /// merge that nobody has confirmed.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.requeue")]
    public sealed record Requeue(string Actor, string Reason) : TaskCommand;

    /// <summary>A maintainer puts the task back to ready if it is this worker's word alone that says it is under review or merged; else
    /// nothing changes.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.undo")]
    public sealed record Undo(string Actor, string WorkerId, string Reason) : TaskCommand;

    /// <summary>Ends the review if its time is over.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.end-review")]
    public sealed record EndReview : TaskCommand;

    /// <summary>A maintainer withdraws the task for good.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.cancel")]
    public sealed record Cancel(string Actor, string Reason) : TaskCommand;

    /// <summary>Who reviews the work says where it stands: GitHub, or a maintainer.</summary>
    /// <param name="Actor">Who says it; a merge is confirmed by this.</param>
    /// <param name="Move">What became of the pull request.</param>
    /// <param name="WorkerId">The holder that this is about; null = whoever it is. Another holder is not moved.</param>
    /// <param name="Artifact">The pull request and its head; a merge or rejection of another pull request is not the task's.</param>
    /// <param name="Reason">Why, where there is a reason.</param>
    /// <param name="TtlSeconds">Length of the lease under which work goes on.</param>
    /// <param name="HoldsArea">As in <see cref="Report"/>.</param>
    /// <param name="Rating">How good a maintainer finds merged work, 1..5; null = not said.</param>
    /// <param name="IsFormer">It is about the pull request of a worker that does not have the task any more.</param>
    /// <param name="MustWait">There is no room for the work: what is asked is kept until there is.</param>
    [GenerateSerializer, Immutable, Alias("owp.task-command.review")]
    public sealed record Review(string Actor, ReviewMove Move, string? WorkerId, Artifact Artifact, string? Reason, int TtlSeconds,
        bool HoldsArea, int? Rating = null, bool IsFormer = false, bool MustWait = false) : TaskCommand;
}

/// <summary>What became of the pull request of a task.</summary>
public enum ReviewMove
{
    /// <summary>It waits for review.</summary>
    Opened,

    /// <summary>Its holder must go on with it.</summary>
    ChangesRequested,

    /// <summary>It is merged.</summary>
    Merged,

    /// <summary>It will not be merged; the task is free again.</summary>
    Rejected,

    /// <summary>It was looked at and moves nothing; the audit log keeps why.</summary>
    Ignored,

    /// <summary>It is the pull request of another task, which it names; this one, whose worker had claimed it, is free again.</summary>
    Disowned,
}
