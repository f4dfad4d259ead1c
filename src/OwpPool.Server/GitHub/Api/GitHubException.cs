namespace OwpPool.Server.GitHub.Api;

/// <summary>Why GitHub did not do what it was asked.</summary>
public enum GitHubFault
{
    /// <summary>It cannot be reached, fails, or answers nonsense; another time it may.</summary>
    Unavailable,

    /// <summary>The pool has asked too much; later it may.</summary>
    RateLimited,

    /// <summary>The token is missing, wrong, or lacks the right.</summary>
    Denied,

    /// <summary>There is no such thing, or none that the token may see.</summary>
    NotFound,

    /// <summary>It was there and is deleted for good.</summary>
    Gone,

    /// <summary>It is elsewhere now: renamed or transferred. Nothing is written there unless it is known to be the same.</summary>
    Moved,

    /// <summary>It does not take the request.</summary>
    Refused,
}

/// <summary>GitHub did not do what it was asked. The message is for operators; it holds neither the token nor what GitHub said.</summary>
public sealed class GitHubException(GitHubFault fault, string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public GitHubFault Fault { get; } = fault;

    /// <summary>When to try again, where that is known.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Fault is GitHubFault.Unavailable or GitHubFault.RateLimited;
}
