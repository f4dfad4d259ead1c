using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Connections;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The problems that an operation answers with. Each kind is one response of the document, with one example.</summary>
internal static class ProblemResponses
{
    private const string Media = "application/problem+json";

    /// <summary>Adds to an operation the problems of its kind and those that it names itself.</summary>
    public static async Task AddAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, AccessRule rule, CancellationToken cancellationToken)
    {
        var document = context.Document!;
        foreach (var type in new[] { typeof(ProblemDocument), typeof(ProblemFacts) })
            document.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancellationToken));
        operation.Responses ??= [];
        foreach (var kind in KindsOf(operation, context, rule).DistinctBy(static kind => kind.Status).OrderBy(static kind => kind.Status))
        {
            var status = kind.Status.ToString(CultureInfo.InvariantCulture);
            if (operation.Responses.ContainsKey(status)) continue;
            var name = ((HttpStatusCode)kind.Status).ToString();
            document.AddComponent<IOpenApiResponse>(name, Response(kind, document));
            operation.Responses[status] = new OpenApiResponseReference(name, document);
        }
    }

    private static IEnumerable<ProblemKind> KindsOf(OpenApiOperation operation, OpenApiOperationTransformerContext context, AccessRule rule)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        // Any request may come under a name in Host that is not this server's.
        var kinds = new List<ProblemKind>(metadata.OfType<FailureMetadata>().SelectMany(static failure => failure.Kinds)) { ProblemKind.Forbidden };
        if (operation.RequestBody is not null)
            kinds.AddRange([ProblemKind.ValidationError, ProblemKind.PayloadTooLarge, ProblemKind.UnsupportedMediaType]);
        if (rule is not AccessRule.Anyone) kinds.Add(ProblemKind.Unauthorized);
        if (!metadata.OfType<HealthMetadata>().Any())
            kinds.AddRange([ProblemKind.InternalError, ProblemKind.Unavailable, ProblemKind.RateLimited]);
        if (IdempotencyMiddleware.IsKeyed(context.Description.HttpMethod!)) kinds.AddRange([ProblemKind.Conflict, ProblemKind.IdempotencyMismatch]);
        return kinds;
    }

    private static OpenApiResponse Response(ProblemKind kind, OpenApiDocument document)
    {
        var response = new OpenApiResponse
        {
            Description = $"{kind.Title} ({kind.Code}). {kind.Meaning}",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Media] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference(nameof(ProblemDocument), document),
                    Example = Examples.OfProblem(kind),
                },
            },
        };
        if (kind == ProblemKind.RateLimited || kind == ProblemKind.Unavailable)
        {
            response.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader
                {
                    Description = "Seconds to wait before the next request.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
                },
            };
        }
        return response;
    }
}
