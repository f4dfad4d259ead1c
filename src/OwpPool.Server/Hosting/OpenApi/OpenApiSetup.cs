using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Idempotency;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The OpenAPI 3.1 document, made of the endpoints themselves.</summary>
public static class OpenApiSetup
{
    /// <summary>Name of the document, as in its path.</summary>
    public const string Document = "v1";

    /// <summary>Adds the document.</summary>
    public static IServiceCollection AddPoolOpenApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(static options =>
        {
            options.SerializerOptions.TypeInfoResolver = WireJson.Default;
            options.SerializerOptions.PropertyNamingPolicy = WireJson.Default.Options.PropertyNamingPolicy;
            options.SerializerOptions.NumberHandling = WireJson.Default.Options.NumberHandling;
            options.SerializerOptions.RespectNullableAnnotations = true;
        });
        return services.AddOpenApi(Document, static options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.CreateSchemaReferenceId = SchemaNames.Of;
            options.AddDocumentTransformer(static (document, _, _) =>
            {
                Introduce(document);
                new SchemaFinish(document).Run();
                new Examples(document).Add();
                ApiTags.Order(document);
                return Task.CompletedTask;
            });
            options.AddOperationTransformer(DescribeOperationAsync);
            options.AddSchemaTransformer(SchemaMarks.MarkAsync);
        });
    }

    /// <summary>Serves it as JSON and as YAML.</summary>
    public static void MapPoolOpenApi(this IEndpointRouteBuilder routes)
    {
        // No name in the path: there is one document, and the framework's own 404 for others is no problem document.
        routes.MapOpenApi($"/openapi/{Document}.json").TakesHead().Allow(AccessRule.Anyone);
        routes.MapOpenApi($"/openapi/{Document}.yaml").TakesHead().Allow(AccessRule.Anyone);
    }

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "OwpPool",
            Version = HealthEndpoints.Version,
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
            Description = "Independent workers take leases on the tasks of a shared backlog. Open Work Protocol 0.1.",
        };
        // HEAD answers as GET does; a second operation of the same id would only confuse generators.
        foreach (var path in document.Paths.Values) path.Operations?.Remove(HttpMethod.Head);
        // Paths are relative to wherever the document was fetched from: behind a proxy the server does not know its own address.
        document.Servers = [new OpenApiServer { Url = "/" }];
        ApiSecurity.Introduce(document);
    }

    private static OpenApiParameter IdempotencyKey() => new()
    {
        Name = KeyedRequest.Header,
        In = ParameterLocation.Header,
        Description = "Drawn at random for this request: the same request with the same key gets the first answer again for 24 hours, " +
            "with 'Idempotency-Replayed: true'.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = KeyedRequest.MaxKeyLength, Pattern = "^[!-~]+$" },
    };

    private static async Task DescribeOperationAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var rule = metadata.OfType<AccessMetadata>().Last().Rule;
        operation.Security = ApiSecurity.Of(rule, context.Document!);
        // "*/*" is there for routing, not for readers.
        operation.RequestBody?.Content?.Remove("*/*");
        foreach (var text in metadata.OfType<TextBodyMetadata>())
        {
            var schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = text.Description };
            operation.RequestBody!.Content![text.MediaType] = new OpenApiMediaType { Schema = schema };
        }
        await ProblemResponses.AddAsync(operation, context, rule, cancellationToken);
        if (IdempotencyMiddleware.IsKeyed(context.Description.HttpMethod!)) (operation.Parameters ??= []).Add(IdempotencyKey());
    }
}
