using System.Collections.Frozen;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>Measures every request by its route. Unknown routes and methods share one name each, so that nobody can fill the memory with
/// series by asking for nonsense.</summary>
public sealed class RequestTiming(RequestDelegate next, ServerInstruments instruments, TimeProvider clock)
{
    private static readonly FrozenSet<string> KnownMethods =
        new[] { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var began = clock.GetTimestamp();
        await next(http);
        var method = KnownMethods.Contains(http.Request.Method) ? http.Request.Method : "other";
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
        instruments.Answered(method, route, http.Response.StatusCode, clock.GetElapsedTime(began));
    }
}
