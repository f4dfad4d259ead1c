using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting;

/// <summary>The origins whose pages and plugins may call the API from a browser (CORS). A caller's rights are in the token that it sends, and
/// no cookie exists, so a listed origin has none by itself; therefore the same list holds for all endpoints.</summary>
public sealed class CrossOrigin
{
    /// <summary>How long a browser may remember what it was allowed.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly HashSet<string> _origins;

    /// <summary>The origins by the settings, which are checked.</summary>
    public CrossOrigin(ServerOptions options) => _origins = new HashSet<string>(TryParse(options.CorsOrigins) ?? [], StringComparer.Ordinal);

    /// <summary>The origins that the setting lists; null if one of them is not exact: scheme, host and port as a browser sends them.</summary>
    public static IReadOnlyList<string>? TryParse(string setting)
    {
        var origins = setting.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Array.TrueForAll(origins, IsExact) ? origins : null;
    }

    /// <summary>Whether pages of this origin may call.</summary>
    public bool Takes(string origin) => _origins.Contains(origin);

    /// <summary>Adds what the framework needs to answer browsers.</summary>
    public static void Add(IServiceCollection services, ServerOptions options)
    {
        var origins = new CrossOrigin(options);
        services.AddSingleton(origins);
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. origins._origins])
            .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Patch, HttpMethods.Delete)
            .WithHeaders("Accept", "Authorization", "Cache-Control", "Content-Type", KeyedRequest.Header, "If-Match", "Last-Event-ID",
                AdminToken.Header, "traceparent", "tracestate")
            .WithExposedHeaders("ETag", "Link", "Location", "Retry-After", IdempotencyMiddleware.ReplayedHeader)
            .SetPreflightMaxAge(Remembered)));
    }

    /// <summary>Answers browsers, where an origin is listed; else no CORS header is ever sent.</summary>
    public static void Use(WebApplication app)
    {
        if (app.Services.GetRequiredService<CrossOrigin>()._origins.Count > 0) app.UseCors();
    }

    private static bool IsExact(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri is { Host.Length: > 0, UserInfo: "" }
        && origin == $"{uri.Scheme}://{uri.Authority}" && !origin.Contains('*', StringComparison.Ordinal);
}
