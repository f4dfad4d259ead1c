namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The interactive docs at <c>/docs</c>: Swagger UI, every file of it served from this program.</summary>
public static class DocsSetup
{
    /// <summary>Serves the docs.</summary>
    public static IApplicationBuilder UsePoolDocs(this IApplicationBuilder app) => app.UseSwaggerUI(static options =>
    {
        options.RoutePrefix = "docs";
        options.DocumentTitle = "OwpPool API";
        options.SwaggerEndpoint("/openapi/v1.json", "OwpPool v1");
        // Null, or the page would ask validator.swagger.io about the document.
        options.ConfigObject.ValidatorUrl = null;
        options.EnableTryItOutByDefault();
    });
}
