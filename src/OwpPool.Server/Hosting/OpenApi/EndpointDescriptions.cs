using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>What an endpoint says of itself in the OpenAPI document.</summary>
public static class EndpointDescriptions
{
    /// <summary>Its operation id, group, and words.</summary>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder builder, string name, string tag, string summary, string description) =>
        builder.WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description);

    /// <summary>One of its answers.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder builder, int status) =>
        builder.Produces<T>(status, "application/json");

    /// <summary>Problems of its own; those that any endpoint of its kind can answer with need not be named.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder builder, params ProblemKind[] kinds) =>
        builder.WithMetadata(new FailureMetadata(kinds));

    /// <summary>A whole number in its query.</summary>
    public static RouteHandlerBuilder TakesQuery(
        this RouteHandlerBuilder builder, string name, string description, int least, int most, int standard) =>
        builder.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = description,
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Format = "int32",
                    Minimum = least.ToString(CultureInfo.InvariantCulture),
                    Maximum = most.ToString(CultureInfo.InvariantCulture),
                    Default = JsonValue.Create(standard),
                },
            });
            return Task.CompletedTask;
        });

    /// <summary>An optional text, such as an id, in its query.</summary>
    public static RouteHandlerBuilder TakesQuery(
        this RouteHandlerBuilder builder, string name, string description, int maxLength = Core.Shared.Ids.MaxLength) =>
        builder.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = maxLength },
            });
            return Task.CompletedTask;
        });

    /// <summary>Another type of body, which is text.</summary>
    public static RouteHandlerBuilder TakesBody(this RouteHandlerBuilder builder, string mediaType, string description) =>
        builder.WithMetadata(new TextBodyMetadata(mediaType, description));

    /// <summary>A header that it needs.</summary>
    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder builder, string name, string description) =>
        builder.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Header,
                Required = true,
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            return Task.CompletedTask;
        });

    /// <summary>An id in its path.</summary>
    public static RouteHandlerBuilder TakesPath(
        this RouteHandlerBuilder builder, string name, string description, int maxLength = Core.Shared.Ids.MaxLength) =>
        builder.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = maxLength },
            });
            return Task.CompletedTask;
        });
}

/// <summary>Problems that an endpoint answers with beyond those of its kind.</summary>
public sealed record FailureMetadata(IReadOnlyList<ProblemKind> Kinds);

/// <summary>A body of text that an endpoint takes beside JSON.</summary>
public sealed record TextBodyMetadata(string MediaType, string Description);
