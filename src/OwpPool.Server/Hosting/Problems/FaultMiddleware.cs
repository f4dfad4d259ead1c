using System.Data.Common;
using Microsoft.AspNetCore.Http.Features;
using Orleans.Runtime;

namespace OwpPool.Server.Hosting.Problems;

/// <summary>The outermost layer: every failure and every bare status becomes a problem document, and no exception text leaves the server.
/// </summary>
public sealed partial class FaultMiddleware(RequestDelegate next, ILogger<FaultMiddleware> logger)
{
    private static readonly string? Kestrel = typeof(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServer).Assembly.GetName().Name;

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            await AnswerAsync(http, fault);
            return;
        }
        if (!http.Response.HasStarted && http.Response is { StatusCode: >= 400, ContentLength: null, ContentType: null })
            await OfStatus(http.Response.StatusCode).ExecuteAsync(http);
    }

    private async Task AnswerAsync(HttpContext http, Exception fault)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered. 499 is what proxies log for it.
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }
        // Headers that the handler set belong to the answer that it did not give.
        http.Response.Clear();
        SecurityHeaders.Set(http);
        await Judge(http, fault).ExecuteAsync(http);
    }

    private Problem Judge(HttpContext http, Exception fault)
    {
        if (fault is BadHttpRequestException bad) return OfBadRequest(http, bad);
        // Of what Kestrel throws for a body that it cannot read, such as a chunk whose size overflows, some does not say whose fault it is.
        if (fault is IOException && fault.Source == Kestrel) return OfStatus(StatusCodes.Status400BadRequest);
        if (IsOutage(fault))
        {
            LogOutage(logger, http.Request.Method, http.Request.Path, fault);
            return Problem.Unavailable("The pool's storage or silo did not answer in time.");
        }
        LogFault(logger, http.Request.Method, http.Request.Path, fault);
        return OfStatus(StatusCodes.Status500InternalServerError);
    }

    private static Problem OfBadRequest(HttpContext http, BadHttpRequestException bad)
    {
        if (bad.StatusCode != StatusCodes.Status413PayloadTooLarge) return OfStatus(bad.StatusCode);
        var limit = http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        return new Problem
        {
            Kind = ProblemKind.PayloadTooLarge,
            Message = $"The body is larger than {limit} bytes.",
            Facts = new ProblemFacts { LimitBytes = limit },
        };
    }

    /// <summary>What passes when storage or silo are back. Orleans wraps what a grain threw, so the causes are looked at too.</summary>
    private static bool IsOutage(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
            if (cause is OrleansException or TimeoutException or DbException or ObjectDisposedException or OperationCanceledException)
                return true;
        return false;
    }

    private static Problem OfStatus(int status)
    {
        var kind = ProblemKind.OfStatus(status);
        return new Problem { Kind = kind, Message = kind.Meaning };
    }

    [LoggerMessage(EventId = 401, Level = LogLevel.Warning, Message = "{Method} {Path} met an outage.")]
    private static partial void LogOutage(ILogger logger, string method, PathString path, Exception fault);

    [LoggerMessage(EventId = 402, Level = LogLevel.Error, Message = "{Method} {Path} failed.")]
    private static partial void LogFault(ILogger logger, string method, PathString path, Exception fault);
}
