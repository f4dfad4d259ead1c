using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>Notes on a schema, while its record is at hand, what <see cref="SchemaFinish"/> makes of it once the whole document is there.
/// </summary>
internal static class SchemaMarks
{
    private const string Words = "x-owp-words";
    private const string Always = "x-owp-always";

    /// <summary>Notes which list of words a text is of, and which members of an object are always sent.</summary>
    public static Task MarkAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var attributes = context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(OneOfAttribute), inherit: false);
        if (attributes is [OneOfAttribute words, ..]) Mark(TextOf(schema), Words, JsonValue.Create(words.List));
        if (context.JsonTypeInfo.Kind is JsonTypeInfoKind.Object && schema.Properties is { Count: > 0 })
        {
            var sent = context.JsonTypeInfo.Properties.Where(static member => !MayBeLeftOut(member)).Select(static member => (JsonNode)member.Name);
            Mark(schema, Always, new JsonArray([.. sent]));
        }
        return Task.CompletedTask;
    }

    /// <summary>Takes the note of a list off; null = there is none.</summary>
    public static WordList? TakeWords(OpenApiSchema schema) => Take(schema, Words) is { } name ? WordLists.All[(string)name!] : null;

    /// <summary>Takes the note of what is always sent off; null = there is none.</summary>
    public static IEnumerable<string>? TakeAlways(OpenApiSchema schema) =>
        Take(schema, Always)?.AsArray().Select(static name => (string)name!);

    private static OpenApiSchema TextOf(OpenApiSchema schema) =>
        schema.Items as OpenApiSchema ?? schema.AdditionalProperties as OpenApiSchema ?? schema;

    private static bool MayBeLeftOut(JsonPropertyInfo member) =>
        member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute, ..];

    private static void Mark(OpenApiSchema schema, string note, JsonNode value) =>
        (schema.Extensions ??= new Dictionary<string, IOpenApiExtension>())[note] = new JsonNodeExtension(value);

    private static JsonNode? Take(OpenApiSchema schema, string note) =>
        schema.Extensions?.Remove(note, out var extension) is true ? ((JsonNodeExtension)extension).Node : null;
}
