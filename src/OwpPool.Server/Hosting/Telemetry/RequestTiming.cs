using System.Collections.Frozen;
using OwpPool.Server.Hosting.Access;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>Measures every request by its route, and logs what maintainers do. Unknown routes and methods share one name each, so that
/// nobody can fill the memory with series by asking for nonsense.</summary>
public sealed partial class RequestTiming(
    RequestDelegate next, ServerInstruments instruments, TimeProvider clock, ILogger<RequestTiming> logger)
{
    private static readonly FrozenSet<string> KnownMethods =
        new[] { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        RequestTrace.Begin(RequestTrace.Of(http));
        var began = clock.GetTimestamp();
        await next(http);
        var method = KnownMethods.Contains(http.Request.Method) ? http.Request.Method : "other";
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
        var took = clock.GetElapsedTime(began);
        instruments.Answered(method, route, http.Response.StatusCode, took);
        var path = http.Request.Path;
        var isChange = !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && http.Response.StatusCode < StatusCodes.Status400BadRequest;
        if (isChange && http.Features.Get<MaintainerCaller>() is { } maintainer)
        {
            var made = http.Features.Get<MadeThing>() is { Id: var id } ? $" {id}" : "";
            LogAct(logger, maintainer.Actor, method, path, http.Response.StatusCode, made);
        }
        else LogAnswered(logger, method, path, http.Response.StatusCode, took.TotalMilliseconds);
    }

    [LoggerMessage(EventId = 404, Level = LogLevel.Information, Message = "{Actor} {Method} {Path}: {Status}{Made}")]
    private static partial void LogAct(ILogger logger, string actor, string method, PathString path, int status, string made);

    [LoggerMessage(EventId = 405, Level = LogLevel.Debug, Message = "{Method} {Path}: {Status} after {Milliseconds} ms")]
    private static partial void LogAnswered(ILogger logger, string method, PathString path, int status, double milliseconds);
}
