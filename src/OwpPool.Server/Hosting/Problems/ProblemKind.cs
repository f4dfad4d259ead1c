using OwpPool.Core.Shared;

namespace OwpPool.Server.Hosting.Problems;

/// <summary>One kind of error that the API answers with: its code is the contract (protocol §1), the rest is for people.</summary>
/// <param name="Code">Stable word, for programs.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">Short and always the same for the kind.</param>
/// <param name="Meaning">What it says, for the page at <see cref="Type"/>.</param>
/// <param name="Suggestion">What a caller can do when nothing more precise is known.</param>
public sealed record ProblemKind(string Code, int Status, string Title, string Meaning, string Suggestion)
{
    /// <summary>The problem type: a path on this server, where a page explains it.</summary>
    public string Type => $"/problems/{Code}";

    public static readonly ProblemKind ValidationError = new("validation_error", 400, "The request is not valid",
        "The body, a parameter or a field breaks the contract, or asks for a step that is never legal.",
        "Correct what details.errors names and send the request again.");

    public static readonly ProblemKind Unauthorized = new("unauthorized", 401, "Authentication required",
        "The request carries no valid credential.",
        "Workers send 'Authorization: Bearer owpw_…', admins send 'X-Admin-Token'.");

    public static readonly ProblemKind Forbidden = new("forbidden", 403, "This caller may not",
        "The caller is known and has no right to this.", "Use a credential that has this permission.");

    public static readonly ProblemKind NotFound = new("not_found", 404, "Not found",
        "The path or the id is unknown, or is not for the caller to see.", "Check the path and the id; GET /v1 lists where to begin.");

    public static readonly ProblemKind MethodNotAllowed = new("method_not_allowed", 405, "The path does not take this method",
        "The path exists, the method does not.", "Use one of the methods that the Allow header names.");

    public static readonly ProblemKind Timeout = new("request_timeout", 408, "The request came too slowly",
        "The body did not arrive in time.", "Send the request again.");

    public static readonly ProblemKind Conflict = new("conflict", 409, "Conflict with the current state",
        "What the request supposes is no longer so; details.reason says why.", "Ask for the state as it is now, then decide again.");

    /// <summary>As a conflict, and by its code one: what differs is that the caller itself said when to refuse.</summary>
    public static readonly ProblemKind PreconditionFailed = Conflict with
    {
        Status = 412,
        Title = "The thing is another version",
        Meaning = "If-Match names a version that is not the one that is there.",
        Suggestion = "Get the thing again, look at what changed, and send the change with its new ETag.",
    };

    public static readonly ProblemKind PayloadTooLarge = new("payload_too_large", 413, "The body is too large",
        "The body is larger than this server takes.", "Send less in one request.");

    public static readonly ProblemKind UnsupportedMediaType = new("unsupported_media_type", 415, "The body is of the wrong type",
        "Only JSON in UTF-8, not compressed, is read.", "Send 'Content-Type: application/json'.");

    public static readonly ProblemKind IdempotencyMismatch = new("idempotency_mismatch", 422, "The Idempotency-Key was used for another request",
        "A key stands for one request: the same method, path and body.", "Send a new key with a new request.");

    public static readonly ProblemKind PreconditionRequired = new("precondition_required", 428, "The change names no version",
        "This change is taken only for a version that the caller has seen.", "Send 'If-Match' with the ETag of what you saw, or '*'.");

    public static readonly ProblemKind RateLimited = new("rate_limited", 429, "Too many requests",
        "This token or address has sent more than it may.", "Wait for the time in Retry-After, and send less often.");

    public static readonly ProblemKind HeadersTooLarge = new("headers_too_large", 431, "The headers are too large",
        "The headers are larger or more than this server takes.", "Send fewer or shorter headers.");

    public static readonly ProblemKind InternalError = new("internal_error", 500, "The server failed",
        "A fault of the server; its log knows it by the traceId.", "Try again later; if it stays, report the traceId.");

    public static readonly ProblemKind Unavailable = new("unavailable", 503, "The pool cannot answer now",
        "The server starts, stops, or cannot reach its storage. Nothing that was acknowledged is lost.",
        "Send the same request again after the time in Retry-After.");

    /// <summary>Every kind, in order of status.</summary>
    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        ValidationError, Unauthorized, Forbidden, NotFound, MethodNotAllowed, Timeout, Conflict, PayloadTooLarge, UnsupportedMediaType,
        IdempotencyMismatch, PreconditionRequired, RateLimited, HeadersTooLarge, InternalError, Unavailable,
    ];

    /// <summary>The kind for a bare status, such as routing or Kestrel produce.</summary>
    public static ProblemKind OfStatus(int status) =>
        All.FirstOrDefault(kind => kind.Status == status) ?? (status >= 500 ? InternalError : ValidationError);

    /// <summary>The kind for a refusal of the rules.</summary>
    public static ProblemKind Of(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => ValidationError,
        RefusalKind.Unauthorized => Unauthorized,
        RefusalKind.Forbidden => Forbidden,
        RefusalKind.NotFound => NotFound,
        RefusalKind.Conflict => Conflict,
        RefusalKind.TooMany => RateLimited,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown refusal."),
    };
}
