using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>Makes of the generator's schemas those that generated clients are good with: texts of a list refer to its enum, what is always
/// sent is required, and what may be left out of a request is not, for all that it has a default.</summary>
internal sealed partial class SchemaFinish(OpenApiDocument document)
{
    private readonly IDictionary<string, IOpenApiSchema> _schemas = document.Components!.Schemas!;

    /// <summary>Goes through the whole document.</summary>
    public void Run()
    {
        foreach (var schema in _schemas.Values.OfType<OpenApiSchema>().ToList()) Finish(schema);
        ((OpenApiSchema)_schemas[nameof(ProblemDocument)]).Properties![ProblemFactsName] = new OpenApiSchemaReference(nameof(ProblemFacts), document);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in document.Paths.Values.SelectMany(static path => path.Operations!.Values))
        {
            foreach (var media in operation.RequestBody?.Content?.Values ?? []) Reach(media.Schema, asked);
            foreach (var media in operation.Responses!.Values.SelectMany(static response => response.Content?.Values ?? [])) Reach(media.Schema, told);
        }
        foreach (var (name, schema) in _schemas)
        {
            var always = SchemaMarks.TakeAlways((OpenApiSchema)schema);
            if (always is not null && told.Contains(name)) Require((OpenApiSchema)schema, name, always, asked.Contains(name));
        }
    }

    private const string ProblemFactsName = "details";

    private static void Require(OpenApiSchema schema, string name, IEnumerable<string> always, bool isAsked)
    {
        var required = always.ToHashSet(StringComparer.Ordinal);
        if (isAsked && !required.SetEquals(schema.Required ?? new HashSet<string>()))
            throw new InvalidOperationException($"The schema {name} is of a request and of an answer, which require other members: make it two records.");
        schema.Required = required;
    }

    /// <summary>The names of all schemas that one leads to.</summary>
    private void Reach(IOpenApiSchema? schema, HashSet<string> reached)
    {
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
        {
            if (reached.Add(id)) Reach(_schemas[id], reached);
            return;
        }
        if (schema is null) return;
        foreach (var part in PartsOf(schema)) Reach(part, reached);
    }

    private static IEnumerable<IOpenApiSchema?> PartsOf(IOpenApiSchema schema) =>
        [.. schema.Properties?.Values ?? [], .. schema.OneOf ?? [], .. schema.AnyOf ?? [], .. schema.AllOf ?? [], schema.Items, schema.AdditionalProperties];

    private void Finish(OpenApiSchema schema)
    {
        schema.Description = OnOneLine(schema.Description);
        foreach (var (name, member) in schema.Properties?.ToList() ?? []) schema.Properties![name] = Finished(member);
        if (schema.Items is { } items) schema.Items = Finished(items);
        if (schema.AdditionalProperties is { } others) schema.AdditionalProperties = Finished(others);
    }

    private IOpenApiSchema Finished(IOpenApiSchema part)
    {
        if (part is OpenApiSchemaReference reference) reference.Description = OnOneLine(reference.Description);
        if (part is not OpenApiSchema schema) return part;
        Finish(schema);
        foreach (var choice in schema.OneOf?.OfType<OpenApiSchemaReference>() ?? []) choice.Description = OnOneLine(choice.Description);
        TellDefault(schema);
        if (SchemaMarks.TakeWords(schema) is not { } words) return schema;
        if (schema.Type?.HasFlag(JsonSchemaType.Null) is not true) return words.In(document, schema.Description);
        return new OpenApiSchema { OneOf = [new OpenApiSchema { Type = JsonSchemaType.Null }, words.In(document)], Description = schema.Description };
    }

    /// <summary>Generators take a member with a <c>default</c> for one that is always there, which in a request it need not be; so it is told
    /// in words.</summary>
    private static void TellDefault(OpenApiSchema schema)
    {
        if (schema.Default is not { } standard) return;
        schema.Default = null;
        if (schema.Description?.Contains("default", StringComparison.OrdinalIgnoreCase) is true) return;
        schema.Description = $"{schema.Description} Default: {standard}.".TrimStart();
    }

    private static string? OnOneLine(string? text) => text is null ? null : LineBreaks().Replace(text, " ");

    [GeneratedRegex(@"\s*\n\s*")]
    private static partial Regex LineBreaks();
}
