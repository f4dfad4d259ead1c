using System.Security.Cryptography;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Net.Http.Headers;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Health;
using Scalar.AspNetCore;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The interactive docs at <c>/docs</c>: Scalar, every file of it served from this program.</summary>
public static class DocsSetup
{
    private const string Path = "/docs";

    /// <summary>Serves the docs, and leads browsers there from <c>/</c>.</summary>
    public static void MapPoolDocs(this IEndpointRouteBuilder routes)
    {
        routes.MapScalarApiReference(Path, static (options, http) =>
        {
            // The page has one inline script; a number that nobody can guess lets it run, and no other.
            options.Nonce = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
            SecurityHeaders.AllowScript(http, options.Nonce);
            options.Title = "OwpPool API";
            options.OpenApiRoutePattern = $"/openapi/{OpenApiSetup.Document}.json";
            // What would ask others: fonts, a proxy for calls, an assistant, a count of visitors.
            options.DefaultFonts = false;
            options.Telemetry = false;
            options.ProxyUrl = null;
            options.HideClientButton = true;
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.Agent = new ScalarAgentOptions { Disabled = true };
            options.Mcp = new ScalarMcpOptions { Disabled = true };
            options.DefaultHttpClient = new(ScalarTarget.Shell, ScalarClient.Curl);
        }).Allow(AccessRule.Anyone).Add(static endpoint =>
        {
            // Scalar takes what follows for the name of a document. There is one; whatever else is asked for is not there.
            if (endpoint is RouteEndpointBuilder { RoutePattern.Parameters.Count: > 0 } page) page.RoutePattern = RoutePatternFactory.Parse(Path);
        });
        routes.MapGet("/", static (HttpContext http) =>
        {
            http.Response.Headers.Vary = HeaderNames.Accept;
            return WantsPage(http.Request) ? Results.Redirect(Path[1..]) : HealthEndpoints.Root;
        }).Allow(AccessRule.Anyone).ExcludeFromDescription();
    }

    private static bool WantsPage(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(static accepted => accepted.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
}
