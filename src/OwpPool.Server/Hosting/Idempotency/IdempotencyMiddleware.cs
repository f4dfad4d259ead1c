using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Idempotency;

/// <summary>Gives a POST or PATCH with an Idempotency-Key its first answer again (protocol §1), and lets its effects know the key. Behind
/// <see cref="AccessMiddleware"/>.</summary>
/// <remarks>Whether a worker's token is still good, only the worker's grain knows, so nothing is told or kept for a caller before that was
/// asked: the request itself asks it on the way to a success; before anything else it is asked here.</remarks>
public sealed partial class IdempotencyMiddleware(
    RequestDelegate next, IGrainFactory grains, AnswerQuota quota, ILogger<IdempotencyMiddleware> logger)
{
    /// <summary>Says that an answer is the first one again.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    /// <summary>Runs the request, or answers for it.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        var header = http.Request.Headers[KeyedRequest.Header];
        if (header.Count == 0 || !IsKeyed(http.Request.Method)) return next(http);
        if (http.GetEndpoint()?.Metadata.GetMetadata<AccessMetadata>() is not { } access) return next(http);
        return KeyedRequest.ReadKey(header) is { } key
            ? InvokeAsync(http, access.Rule, key)
            : Problem.Invalid(KeyedRequest.Header, $"must be one key of 1 to {KeyedRequest.MaxKeyLength} visible ASCII characters").ExecuteAsync(http);
    }

    /// <summary>The methods that take a key: those of which a repeat could do something else.</summary>
    public static bool IsKeyed(string method) => HttpMethods.IsPost(method) || HttpMethods.IsPatch(method);

    private async Task InvokeAsync(HttpContext http, AccessRule rule, string key)
    {
        var body = await ReadBodyAsync(http.Request);
        var request = new KeyedRequest(CallerOf(http, rule), key, KeyedRequest.HashOf(http.Request, body));
        var start = await AnswerOf(request).BeginAsync(request.Hash);
        if (start.Kind is AnswerStartKind.Run)
        {
            if (quota.WaitOf(http) is { } wait)
            {
                await ForgetAsync(request);
                await NoRoom(wait).ExecuteAsync(http);
                return;
            }
            Prepare(http, request, body);
            await RunAsync(http, rule, request);
        }
        else if (await WhyNotCallerAsync(http, rule) is { } refusal)
        {
            await Problem.From(refusal).ExecuteAsync(http);
        }
        else if (start.Kind is AnswerStartKind.Replay)
        {
            var first = start.Answer!;
            if (first.SealedBody.Length == 0)
            {
                await AnswerAgainAsync(http, request, body);
                return;
            }
            http.Response.Headers[ReplayedHeader] = "true";
            (http.Response.StatusCode, http.Response.ContentType) = (first.Status, first.ContentType);
            await SendAsync(http, SealedBody.Open(request, first.SealedBody));
        }
        else
        {
            await (start.Kind is AnswerStartKind.Running ? StillRunning : UsedBefore).ExecuteAsync(http);
        }
    }

    /// <summary>Tells an answer again whose body was not stored.</summary>
    private Task AnswerAgainAsync(HttpContext http, KeyedRequest request, byte[] body)
    {
        if (!IsRebuilt(http)) return ShownBefore.ExecuteAsync(http);
        http.Response.Headers[ReplayedHeader] = "true";
        Prepare(http, request, body);
        http.MarkRepeat();
        return next(http);
    }

    private static void Prepare(HttpContext http, KeyedRequest request, byte[] body)
    {
        http.Request.Body = new MemoryStream(body, writable: false);
        http.Features.Set(request);
    }

    private async Task RunAsync(HttpContext http, AccessRule rule, KeyedRequest request)
    {
        var body = http.Response.Body;
        using var answer = new AnswerBuffer();
        http.Response.Body = answer;
        try
        {
            await next(http);
        }
        catch
        {
            await ForgetAsync(request);
            throw;
        }
        finally
        {
            http.Response.Body = body;
        }
        var bytes = answer.ToArray();
        if (await IsKeptAsync(http, rule))
        {
            var sealedBody = IsBodyKept(http, rule, request) ? SealedBody.Seal(request, bytes) : "";
            quota.Spend(http, sealedBody.Length);
            await KeepAsync(request, new StoredAnswer(http.Response.StatusCode, http.Response.ContentType, sealedBody));
        }
        else
        {
            await ForgetAsync(request);
        }
        await SendAsync(http, bytes);
    }

    /// <summary>Whether repeats get this answer again: what was done, and what will never be done; not what another try may change.</summary>
    private async Task<bool> IsKeptAsync(HttpContext http, AccessRule rule) => http.Response.StatusCode switch
    {
        >= 200 and < 300 => !http.IsWithoutEffect(),
        StatusCodes.Status401Unauthorized or StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge
            or StatusCodes.Status429TooManyRequests => false,
        // Whoever has no credential fills no storage: a refusal has no effect, and a repeat is refused again.
        >= 400 and < 500 => rule is not AccessRule.Anyone && await WhyNotCallerAsync(http, rule) is null,
        _ => false,
    };

    /// <summary>Not what the endpoint tells again by itself; and not what may hold a credential, where only a key that others might choose
    /// too would prove who asks for it.</summary>
    private static bool IsBodyKept(HttpContext http, AccessRule rule, KeyedRequest request)
    {
        if (rule is AccessRule.Anyone && !KeyedRequest.IsHardToGuess(request.Key)) return false;
        return http.Response.StatusCode is < 200 or >= 300 || !IsRebuilt(http);
    }

    private static bool IsRebuilt(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<RebuiltAnswer>() is not null;

    /// <summary>An answer that could not be kept is not given: the caller asks again, and the effect knows its key.</summary>
    private async Task KeepAsync(KeyedRequest request, StoredAnswer answer)
    {
        try
        {
            await AnswerOf(request).CompleteAsync(request.Hash, answer);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The row may have been deleted as too old under a grain that still knew it; that grain is gone now, and a new one can write.
            LogKeptAgain(logger, fault);
            await AnswerOf(request).CompleteAsync(request.Hash, answer);
        }
    }

    private async Task ForgetAsync(KeyedRequest request)
    {
        try
        {
            await AnswerOf(request).ForgetAsync(request.Hash);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Repeats are told that it still runs, until the grain itself gives the request up.
            LogNotForgotten(logger, fault);
        }
    }

    private async Task<Refusal?> WhyNotCallerAsync(HttpContext http, AccessRule rule)
    {
        if (rule is not AccessRule.Worker) return null;
        var caller = http.Worker();
        return (await grains.GetWorker(caller.WorkerId).DescribeAsync(caller.TokenHash)).Refusal;
    }

    private IAnswerGrain AnswerOf(KeyedRequest request) => grains.GetAnswer(request.Caller, request.Key);

    private static string CallerOf(HttpContext http, AccessRule rule) => rule switch
    {
        AccessRule.Worker => http.Worker().WorkerId,
        AccessRule.Admin => http.Actor(),
        _ => $"anonymous@{http.Connection.RemoteIpAddress}",
    };

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return body.ToArray();
    }

    private static Task SendAsync(HttpContext http, byte[] bytes)
    {
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    private static Problem StillRunning => new()
    {
        Kind = ProblemKind.Conflict,
        Message = "The first request with this Idempotency-Key still runs.",
        Suggestion = "Send the same request again after the time in Retry-After.",
        Facts = new ProblemFacts { Reason = ProblemReason.StillRunning },
        RetryAfter = Problem.RetryDelay,
    };

    private static Problem UsedBefore => new()
    {
        Kind = ProblemKind.IdempotencyMismatch,
        Message = "This Idempotency-Key came with another method, path or body within the last 24 hours.",
    };

    private static Problem ShownBefore => new()
    {
        Kind = ProblemKind.Conflict,
        Message = "This request was answered before, and its answer is not shown again: others could guess this Idempotency-Key.",
        Suggestion = "Send the request again with a new key of 128 random bits, such as a UUID: it makes another one, with a token of its own.",
        Facts = new ProblemFacts { Reason = RefusalReason.AlreadyExists },
    };

    private static Problem NoRoom(TimeSpan wait) => new()
    {
        Kind = ProblemKind.RateLimited,
        Message = "As many answers to Idempotency-Keys are stored for this caller as may be.",
        Suggestion = "Wait for the time in Retry-After, or send the request without an Idempotency-Key.",
        RetryAfter = wait,
    };

    [LoggerMessage(EventId = 413, Level = LogLevel.Warning, Message = "Could not store an answer for its Idempotency-Key at the first try; retrying.")]
    private static partial void LogKeptAgain(ILogger logger, Exception fault);

    [LoggerMessage(EventId = 414, Level = LogLevel.Warning, Message = "Could not delete the idempotency record of a failed request.")]
    private static partial void LogNotForgotten(ILogger logger, Exception fault);
}
