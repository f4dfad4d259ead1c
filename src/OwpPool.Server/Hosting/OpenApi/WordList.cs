using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>Words that a text of the API can be. OpenAPI shows them as one enum, which everything that uses them refers to.</summary>
/// <param name="Name">Name of the enum; generated clients call their type by it.</param>
/// <param name="Description">What the words say.</param>
/// <param name="Words">All of them, in the order in which they are shown.</param>
public sealed record WordList(string Name, string Description, IReadOnlyList<string> Words)
{
    internal OpenApiSchema ToSchema() => new()
    {
        Type = JsonSchemaType.String,
        Description = Description,
        Enum = [.. Words.Select(static word => (JsonNode)JsonValue.Create(word))],
    };

    /// <summary>A reference to the enum, which the document has from then on.</summary>
    internal OpenApiSchemaReference In(OpenApiDocument document, string? description = null)
    {
        document.AddComponent<IOpenApiSchema>(Name, ToSchema());
        return new OpenApiSchemaReference(Name, document) { Description = description };
    }
}
