using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using OwpPool.Server.Hosting.Lists;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The names of schemas, by which generated clients call their types: those of the records, without <c>Wire</c>; a list of
/// <c>TaskItem</c> is a <c>TaskList</c>.</summary>
public static class SchemaNames
{
    private const string Wire = "Wire";
    private const string Item = "Item";

    /// <summary>The name of a type's schema; null = it has none of its own and is shown where it is used.</summary>
    public static string? Of(JsonTypeInfo type)
    {
        if (OpenApiOptions.CreateDefaultSchemaReferenceId(type) is not { } name) return null;
        if (type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(ListResponse<>))
            return Without(Of(type.Type.GenericTypeArguments[0].Name), Item) + "List";
        return Of(name);
    }

    private static string Of(string name) => Without(name, Wire);

    private static string Without(string name, string ending) =>
        name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
}
