using Orleans;

namespace OwpPool.Core.Shared;

/// <summary>What kind of "no" a refusal is. Each kind has one HTTP status (protocol §1).</summary>
public enum RefusalKind
{
    /// <summary>The request is malformed or asks for something the rules never allow; 400.</summary>
    Invalid,

    /// <summary>Nobody known asked; 401.</summary>
    Unauthorized,

    /// <summary>Somebody known asked who may not; 403.</summary>
    Forbidden,

    /// <summary>There is no such thing, or none that the caller may see; 404.</summary>
    NotFound,

    /// <summary>The thing is not in the state that the request supposes; 409, with a <see cref="RefusalReason"/>.</summary>
    Conflict,

    /// <summary>The caller has done as much as it may for now; 429.</summary>
    TooMany,
}

/// <summary>The reason words that go with a <see cref="RefusalKind"/>; they are part of the contract (protocol §1).</summary>
public static class RefusalReason
{
    /// <summary>The caller held the task and no longer does.</summary>
    public const string LeaseLost = "lease_lost";

    /// <summary>The lease's time is over; whoever looks first ends it.</summary>
    public const string LeaseExpired = "lease_expired";

    /// <summary>The offer is not open any more: its time is over, or the pool withdrew it.</summary>
    public const string OfferExpired = "offer_expired";

    /// <summary>The worker, or the repo, takes no new work now.</summary>
    public const string Paused = "paused";

    /// <summary>The task's phase does not allow the request.</summary>
    public const string WrongPhase = "wrong_phase";

    /// <summary>The lease id or fencing token belongs to an earlier lease.</summary>
    public const string StaleToken = "stale_token";

    /// <summary>Somebody else changed the thing since the caller looked at it.</summary>
    public const string VersionChanged = "version_changed";

    /// <summary>The thing to create is there already, and differs.</summary>
    public const string AlreadyExists = "already_exists";

    /// <summary>There are as many of these as there may be.</summary>
    public const string LimitReached = "limit_reached";

    /// <summary>Another task holds the area that this one needs.</summary>
    public const string AreaLocked = "area_locked";

    /// <summary>The caller never held the task.</summary>
    public const string NotHolder = "not_holder";

    /// <summary>The repo gives the right to somebody else.</summary>
    public const string NotAllowed = "not_allowed";

    /// <summary>The thing did not answer.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>A field's value is out of its bounds.</summary>
    public const string InvalidField = "invalid_field";

    /// <summary>No worker, task or repo has this id.</summary>
    public const string Unknown = "unknown";
}

/// <summary>An expected "no", as a value: rules answer with it, grains pass it on and the server turns it into one problem document.</summary>
[GenerateSerializer, Immutable, Alias("owp.refusal")]
public sealed record Refusal
{
    /// <summary>Which HTTP status and code it becomes.</summary>
    [Id(0)] public required RefusalKind Kind { get; init; }

    /// <summary>One of <see cref="RefusalReason"/>.</summary>
    [Id(1)] public required string Reason { get; init; }

    /// <summary>One sentence for the caller; never holds a secret or another caller's data.</summary>
    [Id(2)] public required string Message { get; init; }

    /// <summary>The request field at fault, when there is one.</summary>
    [Id(3)] public string? Field { get; init; }

    /// <summary>The task's phase in wire form, when the refusal is about it.</summary>
    [Id(4)] public string? Phase { get; init; }

    /// <summary>The phases, in wire form, that the caller could move to instead.</summary>
    [Id(5)] public IReadOnlyList<string> LegalNext { get; init; } = [];

    /// <summary>What the caller can do next.</summary>
    [Id(6)] public string? Suggestion { get; init; }

    /// <summary>When to ask again; null = the refusal does not pass with time.</summary>
    [Id(7)] public TimeSpan? RetryAfter { get; init; }

    /// <summary>A 400 about one field.</summary>
    public static Refusal Invalid(string field, string message) =>
        new() { Kind = RefusalKind.Invalid, Reason = RefusalReason.InvalidField, Field = field, Message = message };

    /// <summary>A 404; <paramref name="what"/> is "task", "worker" or "repo".</summary>
    public static Refusal NotFound(string what) =>
        new() { Kind = RefusalKind.NotFound, Reason = RefusalReason.Unknown, Message = $"No such {what}." };

    /// <summary>A 401. The same words whatever was wrong, so that nothing can be learned by trying.</summary>
    public static Refusal Unauthorized() => new()
    {
        Kind = RefusalKind.Unauthorized,
        Reason = RefusalReason.Unknown,
        Message = "The worker token is missing, unknown, replaced or revoked.",
        Suggestion = "Send 'Authorization: Bearer owpw_…' with the token that registration returned, or register again.",
    };

    /// <summary>A 403.</summary>
    public static Refusal Forbidden(string reason, string message, string? suggestion = null) =>
        new() { Kind = RefusalKind.Forbidden, Reason = reason, Message = message, Suggestion = suggestion };

    /// <summary>A 429.</summary>
    public static Refusal TooMany(string message, TimeSpan retryAfter) =>
        new() { Kind = RefusalKind.TooMany, Reason = RefusalReason.LimitReached, Message = message, RetryAfter = retryAfter };

    /// <summary>A 409.</summary>
    public static Refusal Conflict(string reason, string message, string? suggestion = null) =>
        new() { Kind = RefusalKind.Conflict, Reason = reason, Message = message, Suggestion = suggestion };
}
