using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>The pool's measurements for Prometheus. They tell of load and repos, so they take the metrics token or the admin token unless the
/// operator opens them.</summary>
public static class MetricsEndpoint
{
    /// <summary>Maps <c>/metrics</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.ServiceProvider.GetRequiredService<IOptions<ServerOptions>>().Value.OpenMetrics;
        var collector = routes.ServiceProvider.GetRequiredService<MetricCollector>();
        var pool = routes.ServiceProvider.GetRequiredService<PoolMetrics>();
        // Their instruments are there from the first look on.
        _ = routes.ServiceProvider.GetRequiredService<ProcessMetrics>();
        routes.MapGet("/metrics", async (HttpContext http) =>
            {
                await pool.RefreshAsync(http.RequestAborted);
                return TypedResults.Text(collector.Write(), MetricCollector.ContentType);
            })
            .TakesHead()
            .Allow(open ? AccessRule.Anyone : AccessRule.Metrics)
            .Describe("metrics", "Operation", "Measurements for Prometheus", "Open to all where the setting OwpPool__Server__OpenMetrics " +
                "says so.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
    }
}
