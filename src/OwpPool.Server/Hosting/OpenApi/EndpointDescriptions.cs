using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>What an endpoint says of itself in the OpenAPI document.</summary>
public static class EndpointDescriptions
{
    /// <summary>Its operation id, group, and words.</summary>
    /// <param name="builder">The endpoint.</param>
    /// <param name="name">Its operation id; generated clients call their method by it.</param>
    /// <param name="tag">One of <see cref="ApiTags"/>.</param>
    /// <param name="summary">One line.</param>
    /// <param name="description">The rest.</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder builder, string name, string tag, string summary, string description) =>
        builder.TakesHead().WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description);

    /// <summary>One of its answers.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder builder, int status) =>
        builder.Produces<T>(status, "application/json");

    /// <summary>Problems of its own; those that any endpoint of its kind can answer with need not be named.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder builder, params ProblemKind[] kinds) =>
        builder.WithMetadata(new FailureMetadata(kinds));

    /// <summary>Another type of body, which is text.</summary>
    public static RouteHandlerBuilder TakesBody(this RouteHandlerBuilder builder, string mediaType, string description) =>
        builder.WithMetadata(new TextBodyMetadata(mediaType, description));

    /// <summary>A whole number in its query, with what stands where none is given.</summary>
    public static RouteHandlerBuilder TakesQuery(
        this RouteHandlerBuilder builder, string name, string description, int least, int most, int standard) =>
        builder.Takes(ParameterLocation.Query, name, description, _ => Number(least, most, standard));

    /// <summary>An optional text, such as an id, in its query.</summary>
    public static RouteHandlerBuilder TakesQuery(
        this RouteHandlerBuilder builder, string name, string description, int maxLength = Core.Shared.Ids.MaxLength) =>
        builder.Takes(ParameterLocation.Query, name, description, _ => Text(maxLength));

    /// <summary>An optional whole number in its query, that stands for nothing where none is given.</summary>
    public static RouteHandlerBuilder TakesNumber(
        this RouteHandlerBuilder builder, string name, string description, int least, int most) =>
        builder.Takes(ParameterLocation.Query, name, description, _ => Number(least, most, null));

    /// <summary>An optional word of a list in its query.</summary>
    public static RouteHandlerBuilder TakesWord(
        this RouteHandlerBuilder builder, string name, string description, WordList words, string? standard = null) =>
        builder.Takes(ParameterLocation.Query, name, standard is null ? description : $"{description} Default: {standard}.",
            document => words.In(document));

    /// <summary>Optional words of a list in its query, separated by commas or given one by one.</summary>
    public static RouteHandlerBuilder TakesWords(this RouteHandlerBuilder builder, string name, string description, WordList words) =>
        builder.Takes(ParameterLocation.Query, name, description,
            document => new OpenApiSchema { Type = JsonSchemaType.Array, Items = words.In(document) },
            static parameter => (parameter.Style, parameter.Explode) = (ParameterStyle.Form, false));

    /// <summary>An optional yes or no in its query.</summary>
    public static RouteHandlerBuilder TakesFlag(this RouteHandlerBuilder builder, string name, string description) =>
        builder.Takes(ParameterLocation.Query, name, description, static _ => new OpenApiSchema { Type = JsonSchemaType.Boolean });

    /// <summary>An optional instant in its query.</summary>
    public static RouteHandlerBuilder TakesInstant(this RouteHandlerBuilder builder, string name, string description) =>
        builder.Takes(ParameterLocation.Query, name, description,
            static _ => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" });

    /// <summary>A header that it needs.</summary>
    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder builder, string name, string description) =>
        builder.Takes(ParameterLocation.Header, name, description, static _ => new OpenApiSchema { Type = JsonSchemaType.String },
            static parameter => parameter.Required = true);

    /// <summary>An id in its path.</summary>
    public static RouteHandlerBuilder TakesPath(
        this RouteHandlerBuilder builder, string name, string description, int maxLength = Core.Shared.Ids.MaxLength) =>
        builder.Takes(ParameterLocation.Path, name, description, _ => Text(maxLength), static parameter => parameter.Required = true);

    private static RouteHandlerBuilder Takes(
        this RouteHandlerBuilder builder, ParameterLocation place, string name, string description,
        Func<OpenApiDocument, IOpenApiSchema> schema, Action<OpenApiParameter>? more = null) =>
        builder.AddOpenApiOperationTransformer((operation, context, _) =>
        {
            var parameter = new OpenApiParameter
            {
                Name = name,
                In = place,
                Description = description,
                Schema = schema(context.Document!),
            };
            more?.Invoke(parameter);
            (operation.Parameters ??= []).Add(parameter);
            return Task.CompletedTask;
        });

    private static OpenApiSchema Text(int maxLength) => new() { Type = JsonSchemaType.String, MaxLength = maxLength };

    private static OpenApiSchema Number(int least, int most, int? standard) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int32",
        Minimum = least.ToString(CultureInfo.InvariantCulture),
        Maximum = most.ToString(CultureInfo.InvariantCulture),
        Default = standard is { } number ? JsonValue.Create(number) : null,
    };
}

/// <summary>Problems that an endpoint answers with beyond those of its kind.</summary>
public sealed record FailureMetadata(IReadOnlyList<ProblemKind> Kinds);

/// <summary>A body of text that an endpoint takes beside JSON.</summary>
public sealed record TextBodyMetadata(string MediaType, string Description);
