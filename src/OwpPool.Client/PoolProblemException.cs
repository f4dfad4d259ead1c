using System.Net;
using System.Text.Json;

namespace OwpPool.Client;

/// <summary>The pool refused a request and said why (RFC 9457 with OWP's members).</summary>
public sealed class PoolProblemException : Exception
{
    internal PoolProblemException(HttpStatusCode status, PoolProblem problem, TimeSpan? retryAfter)
        : base(problem.Message)
    {
        Status = status;
        Problem = problem;
        RetryAfter = retryAfter;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>What the answer said.</summary>
    public PoolProblem Problem { get; }

    /// <summary>OWP's code, such as <c>conflict</c>; <c>http_502</c> and the like where the answer was not the pool's.</summary>
    public string Code => Problem.Code;

    /// <summary>Whether the pool answered; else something between here and it did, whose status says little of the pool.</summary>
    public bool IsByPool => !Code.StartsWith("http_", StringComparison.Ordinal);

    /// <summary>Whether the first arrival of this request still runs: nothing is refused, and the same request under the same key gets the
    /// answer a little later.</summary>
    public bool IsStillRunning => this is { Status: HttpStatusCode.Conflict, Reason: "still_running" };

    /// <summary>Why, in a word: <c>lease_lost</c>, <c>wrong_phase</c> and so on; null where the code says all.</summary>
    public string? Reason => Problem.Reason;

    /// <summary>What the caller can do next.</summary>
    public string? Suggestion => Problem.Suggestion;

    /// <summary>When the server asks to be called again; null where it did not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Message, bad fields and suggestion, a line each: what to show to a person.</summary>
    public string Describe()
    {
        var fields = Problem.FieldErrors.SelectMany(field => field.Value
            .Where(message => message != Message).Select(message => $"  {field.Key}: {message}"));
        string[] suggestion = Suggestion is null ? [] : [Suggestion];
        return string.Join(Environment.NewLine, [Message, .. fields, .. suggestion]);
    }
}

/// <summary>The members of a problem document that a program can act on.</summary>
/// <param name="Code">OWP's code.</param>
/// <param name="Reason">The conflict's reason; null where there is none.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Suggestion">What to do next.</param>
/// <param name="FieldErrors">Messages by bad field.</param>
/// <param name="Details">Everything else that the answer told about the case.</param>
public sealed record PoolProblem(
    string Code,
    string? Reason,
    string Message,
    string? Suggestion,
    IReadOnlyDictionary<string, IReadOnlyList<string>> FieldErrors,
    IReadOnlyDictionary<string, JsonElement> Details);
