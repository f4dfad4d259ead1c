using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The OpenAPI 3.1 document, made of the endpoints themselves.</summary>
public static class OpenApiSetup
{
    /// <summary>Name of the document, as in its path.</summary>
    public const string Document = "v1";

    private const string WorkerScheme = "workerToken";
    private const string AdminScheme = "adminToken";
    private const string ProblemMedia = "application/problem+json";

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
            options.AddDocumentTransformer(static (document, _, _) =>
            {
                Introduce(document);
                return Task.CompletedTask;
            });
            options.AddOperationTransformer(DescribeOperationAsync);
            options.AddSchemaTransformer(ListWords);
        });
    }

    /// <summary>Serves it as JSON and as YAML.</summary>
    public static void MapPoolOpenApi(this IEndpointRouteBuilder routes)
    {
        // No name in the path: there is one document, and the framework's own 404 for others is no problem document.
        routes.MapOpenApi($"/openapi/{Document}.json").Allow(AccessRule.Anyone);
        routes.MapOpenApi($"/openapi/{Document}.yaml").Allow(AccessRule.Anyone);
    }

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "OwpPool",
            Version = HealthEndpoints.Version,
            Description = "Independent workers take leases on the tasks of a shared backlog. Open Work Protocol 0.1.",
        };
        // HEAD answers as GET does; a second operation of the same id would only confuse generators.
        foreach (var path in document.Paths.Values) path.Operations?.Remove(HttpMethod.Head);
        // Paths are relative to wherever the document was fetched from: behind a proxy the server does not know its own address.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[WorkerScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "owpw_…",
            Description = "The token that registration returned.",
        };
        document.Components.SecuritySchemes[AdminScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = AdminToken.Header,
            Description = "OWP_ADMIN_TOKEN, or the token that the first start printed.",
        };
    }

    /// <summary>The generator knows ranges and lengths, but not the words that a text is one of.</summary>
    private static Task ListWords(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var attributes = context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: false);
        if (attributes is not [AllowedValuesAttribute words, ..]) return Task.CompletedTask;
        // Null is a JSON null in the list, not a missing entry.
        schema.Enum = [.. words.Values.Select(static word => JsonValue.Create(word as string)!)];
        return Task.CompletedTask;
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
        if (rule is not AccessRule.Anyone)
        {
            string[] schemes = rule switch
            {
                AccessRule.Worker => [WorkerScheme],
                AccessRule.Admin => [AdminScheme],
                _ => [AdminScheme, WorkerScheme],
            };
            operation.Security = [.. schemes.Select(scheme =>
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
        }
        // "*/*" is there for routing, not for readers.
        operation.RequestBody?.Content?.Remove("*/*");
        foreach (var text in metadata.OfType<TextBodyMetadata>())
        {
            var schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = text.Description };
            operation.RequestBody!.Content![text.MediaType] = new OpenApiMediaType { Schema = schema };
        }
        var kinds = new List<ProblemKind>(metadata.OfType<FailureMetadata>().SelectMany(static failure => failure.Kinds));
        if (operation.RequestBody is not null)
            kinds.AddRange([ProblemKind.ValidationError, ProblemKind.PayloadTooLarge, ProblemKind.UnsupportedMediaType]);
        if (rule is not AccessRule.Anyone) kinds.Add(ProblemKind.Unauthorized);
        if (rule is AccessRule.Admin) kinds.Add(ProblemKind.Forbidden);
        if (context.Description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true)
            kinds.AddRange([ProblemKind.InternalError, ProblemKind.Unavailable, ProblemKind.RateLimited]);
        if (IdempotencyMiddleware.IsKeyed(context.Description.HttpMethod!))
        {
            (operation.Parameters ??= []).Add(IdempotencyKey());
            kinds.AddRange([ProblemKind.Conflict, ProblemKind.IdempotencyMismatch]);
        }
        var document = context.Document!;
        document.AddComponent(nameof(ProblemDocument),
            await context.GetOrCreateSchemaAsync(typeof(ProblemDocument), null, cancellationToken));
        operation.Responses ??= [];
        foreach (var kind in kinds.DistinctBy(static kind => kind.Status).OrderBy(static kind => kind.Status))
        {
            var status = kind.Status.ToString(CultureInfo.InvariantCulture);
            if (operation.Responses.ContainsKey(status)) continue;
            operation.Responses[status] = new OpenApiResponse
            {
                Description = $"{kind.Title} ({kind.Code}).",
                Content = new Dictionary<string, OpenApiMediaType> { [ProblemMedia] = new() { Schema = new OpenApiSchemaReference(nameof(ProblemDocument), document) } },
            };
        }
    }
}
