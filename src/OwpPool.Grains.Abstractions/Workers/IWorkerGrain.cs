using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains;

/// <summary>One worker: who it is, whether it lives, what it holds. Every call but registration carries the hash of the caller's token,
/// and a wrong one is refused before anything else; every right one is a sign of life.</summary>
[Alias("owp.IWorkerGrain")]
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Makes this worker known. Null = done.</summary>
    [Alias("Register")]
    Task<Refusal?> RegisterAsync(RegisterWorker command);

    /// <summary>A sign of life; renews leases that have less than half their time left.</summary>
    [Alias("Heartbeat")]
    Task<Reply<HeartbeatReply>> HeartbeatAsync(Heartbeat command);

    /// <summary>Takes as many tasks as fit, and answers with all leases held, old and new.</summary>
    [Alias("Claim")]
    Task<Reply<WorkReply>> ClaimAsync(ClaimWork command);

    /// <summary>Has as many tasks offered as fit, and answers with all open offers, old and new.</summary>
    [Alias("Offer")]
    Task<Reply<OfferReply>> OfferAsync(RequestOffers command);

    /// <summary>Takes an offer. A repeat finds the lease that the first made.</summary>
    [Alias("AcceptOffer")]
    Task<Reply<LeaseView>> AcceptOfferAsync(string tokenHash, string offerId);

    /// <summary>Rejects an offer; the task is not given to this worker for a while. Null = done.</summary>
    [Alias("RejectOffer")]
    Task<Refusal?> RejectOfferAsync(string tokenHash, string offerId, OfferRejection reason, string? note);

    /// <summary>Reports where the work on a task stands.</summary>
    [Alias("Report")]
    Task<Reply<TaskProgress>> ReportAsync(ReportTask command);

    /// <summary>Gives a task back, or says that it failed.</summary>
    [Alias("GiveBack")]
    Task<Reply<TaskProgress>> GiveBackAsync(GiveBackTask command);

    /// <summary>Puts off the end of a lease as far as its lifetime allows.</summary>
    [Alias("Renew")]
    Task<Reply<TaskProgress>> RenewAsync(string tokenHash, string leaseId);

    /// <summary>Says why there is no work, by repo and reason, or why the worker does not get the one task.</summary>
    [Alias("Explain")]
    Task<Reply<WorkExplanation>> ExplainAsync(string tokenHash, string? taskId);

    /// <summary>Checks the token, for what is answered without this grain. Null = it is right.</summary>
    [Alias("Authenticate")]
    Task<Refusal?> AuthenticateAsync(string tokenHash);

    /// <summary>The worker as it is.</summary>
    [Alias("Describe")]
    Task<Reply<WorkerDescription>> DescribeAsync(string tokenHash);

    /// <summary>Replaces the token; the old one is good for a minute more. Null = done.</summary>
    [Alias("RotateToken")]
    Task<Refusal?> RotateTokenAsync(string tokenHash, string newTokenHash);

    /// <summary>Counts what became of the worker's leases; what is counted already is passed over.</summary>
    [Alias("Learn")]
    Task LearnAsync(IReadOnlyList<WorkOutcome> outcomes);

    /// <summary>A maintainer says how far the worker is trusted. Null = done.</summary>
    [Alias("SetTrust")]
    Task<Refusal?> SetTrustAsync(TrustTier tier, string actor, string? reason);

    /// <summary>What is known of the worker's work.</summary>
    [Alias("Rating")]
    Task<Reply<WorkerRating>> GetRatingAsync();

    /// <summary>An admin stops new work for the worker, or allows it again. Null = done.</summary>
    [Alias("SetPaused")]
    Task<Refusal?> SetPausedAsync(bool paused, string actor, string? reason);

    /// <summary>An admin revokes the worker's tokens; its leases go back. Null = done.</summary>
    [Alias("Revoke")]
    Task<Refusal?> RevokeAsync(string actor, string? reason);

    /// <summary>A maintainer puts back what is under review or merged by this worker's word alone, some of it at a time.</summary>
    /// <returns>How many tasks; 0 = there are no more.</returns>
    [Alias("Undo")]
    Task<int> UndoAsync(string actor, string reason);

    /// <summary>Loads the worker, so that its silence is noticed.</summary>
    [Alias("Wake")]
    Task WakeAsync();

    /// <summary>GitHub, or a maintainer, says something of this worker's pull request that gives it work to do, or the task back: passed on
    /// to the repo with whether the worker has room. What GitHub says and finds no room waits for it.</summary>
    [Alias("Review")]
    Task<Reply<TaskProgress>> ReviewAsync(ReviewTask command);

    /// <summary>A task that this worker holds, or held, moved without its asking; the worker looks at it again.</summary>
    [Alias("LookAt")]
    Task LookAtAsync(string taskId);
}

/// <summary>A registration.</summary>
[GenerateSerializer, Immutable, Alias("owp.register-worker")]
public sealed record RegisterWorker(
    [property: Id(0)] WorkerProfile Profile, [property: Id(1)] string TokenHash, [property: Id(2)] RegistrationTerms? Terms = null);

/// <summary>A heartbeat. <paramref name="TokenHash"/> is the base64 SHA-256 of the caller's token, here and below.</summary>
[GenerateSerializer, Immutable, Alias("owp.heartbeat")]
public sealed record Heartbeat([property: Id(0)] string TokenHash, [property: Id(1)] WorkerStatus Status, [property: Id(2)] string? Note);

/// <summary>A request for work: at most <paramref name="Max"/> new leases, from these repos only (canonical keys; empty = any), and none
/// of the excluded tasks. The same <paramref name="RequestKey"/> again finds the leases of the first time and takes no more.</summary>
[GenerateSerializer, Immutable, Alias("owp.claim-work")]
public sealed record ClaimWork(
    [property: Id(0)] string TokenHash, [property: Id(1)] int Max, [property: Id(2)] IReadOnlyList<string> Repos,
    [property: Id(3)] IReadOnlyList<string> Exclude, [property: Id(4)] string? RequestKey = null);

/// <summary>A request for at most <paramref name="Max"/> new offers. The same <paramref name="RequestKey"/> again finds those of the first
/// time, or what they became, and makes no more.</summary>
[GenerateSerializer, Immutable, Alias("owp.request-offers")]
public sealed record RequestOffers([property: Id(0)] string TokenHash, [property: Id(1)] int Max, [property: Id(2)] string? RequestKey = null);

/// <summary>A report. Lease id and token are checked where given.</summary>
[GenerateSerializer, Immutable, Alias("owp.report-task")]
public sealed record ReportTask(
    [property: Id(0)] string TokenHash, [property: Id(1)] string TaskId, [property: Id(2)] TaskPhase Status,
    [property: Id(3)] string? Message, [property: Id(4)] Artifact Artifact, [property: Id(5)] string? LeaseId,
    [property: Id(6)] long? FencingToken, [property: Id(7)] bool IsNoClaim = false);

/// <summary>A task given back. <paramref name="Outcome"/> is Failed, which counts as an attempt, or Released, which does not. The same
/// <paramref name="RequestKey"/> again is one effect.</summary>
[GenerateSerializer, Immutable, Alias("owp.give-back-task")]
public sealed record GiveBackTask(
    [property: Id(0)] string TokenHash, [property: Id(1)] string TaskId, [property: Id(2)] AttemptOutcome Outcome,
    [property: Id(3)] string? Reason, [property: Id(4)] TimeSpan RetryAfter, [property: Id(5)] string? LeaseId,
    [property: Id(6)] long? FencingToken, [property: Id(7)] string? RequestKey = null);
