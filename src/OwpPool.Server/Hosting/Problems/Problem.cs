using System.Globalization;
using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Telemetry;

namespace OwpPool.Server.Hosting.Problems;

/// <summary>An error answer. Handlers return it; nobody throws it.</summary>
public sealed partial class Problem : IResult
{
    /// <summary>How long a caller waits before it tries again, when storage or silo are away.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private const string ContentType = "application/problem+json";

    /// <summary>The kind of error.</summary>
    public required ProblemKind Kind { get; init; }

    /// <summary>One sentence for the caller; holds no secret, no SQL and no exception text.</summary>
    public required string Message { get; init; }

    /// <summary>What programs can act on.</summary>
    public ProblemFacts Facts { get; init; } = new();

    /// <summary>What to do next; null = what the kind says.</summary>
    public string? Suggestion { get; init; }

    /// <summary>Becomes <c>Retry-After</c>, in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Becomes <c>WWW-Authenticate</c>.</summary>
    public string? Challenge { get; init; }

    /// <summary>A 400 that names every bad field.</summary>
    /// <param name="errors">Messages by field.</param>
    /// <param name="suggestion">What to do next; null = what the kind says.</param>
    public static Problem Invalid(IReadOnlyDictionary<string, IReadOnlyList<string>> errors, string? suggestion = null) => new()
    {
        Suggestion = suggestion,
        Kind = ProblemKind.ValidationError,
        Message = string.Join(' ', errors.Select(static error => $"{error.Key}: {string.Join(", ", error.Value)}.")),
        Facts = new ProblemFacts { Errors = errors },
    };

    /// <summary>A 400 about one field, or about the whole <c>body</c>.</summary>
    public static Problem Invalid(string field, string message) =>
        Invalid(new Dictionary<string, IReadOnlyList<string>> { [field] = [message] });

    /// <summary>A 503: try again.</summary>
    public static Problem Unavailable(string message) =>
        new() { Kind = ProblemKind.Unavailable, Message = message, RetryAfter = RetryDelay };

    /// <summary>The answer to a refusal of the rules.</summary>
    public static Problem From(Refusal refusal) => new()
    {
        Kind = ProblemKind.Of(refusal.Kind),
        // As for every other field: what is wrong with it needs its name before it.
        Message = refusal.Field is { } named && char.IsAsciiLetterLower(refusal.Message[0]) ? $"{named}: {refusal.Message}." : refusal.Message,
        Suggestion = refusal.Suggestion,
        RetryAfter = refusal.RetryAfter,
        Challenge = refusal.Kind is RefusalKind.Unauthorized ? Challenges.Worker : null,
        Facts = new ProblemFacts
        {
            Reason = refusal.Kind is RefusalKind.Unauthorized or RefusalKind.NotFound ? null : refusal.Reason,
            Errors = refusal.Field is { } field
                ? new Dictionary<string, IReadOnlyList<string>> { [field] = [refusal.Message] }
                : null,
            Phase = refusal.Phase,
            LegalNext = refusal.Phase is null ? null : refusal.LegalNext,
        },
    };

    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext)
    {
        // Every 401 is made here, whoever found out that the credential is wrong.
        if (Kind == ProblemKind.Unauthorized && httpContext.RequestServices?.GetService<RefusedCredentials>()?.Count(httpContext) is { } limited)
            return limited.ExecuteAsync(httpContext);
        if (Kind.Status >= StatusCodes.Status500InternalServerError) LogAnswered(httpContext);
        var response = httpContext.Response;
        response.StatusCode = Kind.Status;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } delay)
            response.Headers.RetryAfter = ((long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (Challenge is not null) response.Headers.WWWAuthenticate = Challenge;
        response.ContentType = ContentType;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(Describe(httpContext), Wire.Json.ProblemDocument);
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }

    /// <summary>What a caller is told to report is in the log, also where no exception was behind it.</summary>
    private void LogAnswered(HttpContext http)
    {
        if (http.RequestServices?.GetService<ILogger<Problem>>() is { } logger)
            LogAnswered(logger, http.Request.Method, http.Request.Path, Kind.Status, Message);
    }

    [LoggerMessage(EventId = 403, Level = LogLevel.Warning, Message = "{Method} {Path} was answered with {Status}: {Problem}")]
    private static partial void LogAnswered(ILogger logger, string method, PathString path, int status, string problem);

    private ProblemDocument Describe(HttpContext http) => new()
    {
        Type = Kind.Type,
        Title = Kind.Title,
        Status = Kind.Status,
        Detail = Message,
        Instance = http.Request.Path.HasValue ? http.Request.Path.ToUriComponent() : "/",
        TraceId = RequestTrace.Of(http),
        Error = Kind.Code,
        Code = Kind.Code,
        Message = Message,
        Details = Facts,
        Suggestion = Suggestion ?? Kind.Suggestion,
    };
}
