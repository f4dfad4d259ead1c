using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Access;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The credentials in the OpenAPI document, and which of them open an endpoint.</summary>
internal static class ApiSecurity
{
    private const string Worker = "workerToken";
    private const string Admin = "adminToken";
    private const string AdminBearer = "adminBearer";
    private const string Metrics = "metricsToken";

    /// <summary>Adds the credentials.</summary>
    public static void Introduce(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Worker] = Bearer("owpw_…", "The token that registration returned."),
            [Admin] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = AdminToken.Header,
                Description = "OWP_ADMIN_TOKEN, the token that the first start printed, or one that POST /v1/admin/tokens made.",
            },
            [AdminBearer] = Bearer("owpa_…", "A maintainer's token that POST /v1/admin/tokens made."),
            [Metrics] = Bearer("OWP_METRICS_TOKEN", "The token of the setting OWP_METRICS_TOKEN."),
        };
    }

    /// <summary>What opens an endpoint, each by itself; empty = nothing is needed.</summary>
    public static List<OpenApiSecurityRequirement> Of(AccessRule rule, OpenApiDocument document)
    {
        string[] schemes = rule switch
        {
            AccessRule.Anyone => [],
            AccessRule.Worker => [Worker],
            AccessRule.Admin => [Admin, AdminBearer],
            AccessRule.AdminOrWorker => [Admin, AdminBearer, Worker],
            AccessRule.Metrics => [Metrics, Admin, AdminBearer],
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown rule."),
        };
        return [.. schemes.Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] })];
    }

    private static OpenApiSecurityScheme Bearer(string format, string description) => new()
    {
        Type = SecuritySchemeType.Http,
        Scheme = "bearer",
        BearerFormat = format,
        Description = description,
    };
}
