using System.Reflection;
using System.Runtime.InteropServices;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Connections;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Health;

/// <summary>What operators and their tools ask.</summary>
public static class HealthEndpoints
{
    private static readonly string[] VersionAndCommit =
        typeof(HealthEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+');

    /// <summary>Version of this program.</summary>
    public static string Version { get; } = VersionAndCommit[0];

    private static string OrleansVersion { get; } = System.Version.Parse(
        typeof(IGrainFactory).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()!.Version).ToString(fieldCount: 3);

    /// <summary>Where to begin.</summary>
    internal static IResult Root => Wire.Ok(new RootResponse { Version = Version }, Wire.Json.RootResponse);

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", static () => Wire.Ok(new LiveResponse(), Wire.Json.LiveResponse))
            .Allow(AccessRule.Anyone)
            // A flood must not look like a dead process: what is restarted for it is flooded again.
            .DisableRateLimiting()
            .WithMetadata(new HealthMetadata())
            .Describe("live", "Operation", "Whether the process runs", "Touches nothing.")
            .Answers<LiveResponse>(StatusCodes.Status200OK);
        foreach (var (path, name) in new[] { ("/readyz", "ready"), ("/healthz", "healthz"), ("/health", "health") })
        {
            routes.MapGet(path, (Delegate)GetReadyAsync)
                .Allow(AccessRule.Anyone)
                .DisableRateLimiting()
                .WithMetadata(new HealthMetadata())
                .Describe(name, "Operation", "Whether requests can be served", "503 while the server starts or stops, and while storage " +
                    "or silo do not answer.")
                .Answers<ReadyResponse>(StatusCodes.Status200OK)
                .Answers<ReadyResponse>(StatusCodes.Status503ServiceUnavailable);
        }
        var version = new VersionResponse
        {
            Version = Version,
            Commit = VersionAndCommit.ElementAtOrDefault(1),
            Orleans = OrleansVersion,
            Runtime = RuntimeInformation.FrameworkDescription,
        };
        routes.MapGet("/version", () => Wire.Ok(version, Wire.Json.VersionResponse))
            .Allow(AccessRule.Anyone)
            .Describe("version", "Operation", "Which program this is", "Name and versions.")
            .Answers<VersionResponse>(StatusCodes.Status200OK);
        routes.MapGet("/v1", static () => Root)
            .Allow(AccessRule.Anyone)
            .Describe("root", "Operation", "Where to begin", "Name, version and the paths of the API.")
            .Answers<RootResponse>(StatusCodes.Status200OK);
    }

    private static async Task<IResult> GetReadyAsync(HttpContext http)
    {
        var look = await http.RequestServices.GetRequiredService<Readiness>().LookAsync();
        var ready = look.Status == Readiness.Ready;
        if (!ready) http.Response.Headers.RetryAfter = $"{Problem.RetryDelay.TotalSeconds:0}";
        return new WireResult<ReadyResponse>(look, Wire.Json.ReadyResponse,
            ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
