using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Core.Text;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Tests.OpenApi;

/// <summary>Holds JSON against a schema of the OpenAPI document, as far as the document uses JSON Schema. Stricter in one point: a member
/// that the schema does not name is a fault, for then the document would not tell all.</summary>
public sealed class SchemaCheck(JsonNode document)
{
    /// <summary>What is wrong, by path; empty = nothing.</summary>
    public IReadOnlyList<string> Faults(JsonNode schema, JsonNode? value, string path = "$")
    {
        var faults = new List<string>();
        Check(schema, value, path, faults);
        return faults;
    }

    private void Check(JsonNode schema, JsonNode? value, string path, List<string> faults)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            Check(document["components"]!["schemas"]![reference.Split('/')[^1]]!, value, path, faults);
            return;
        }
        if (schema["oneOf"]?.AsArray() is { } choices)
        {
            if (choices.Count(choice => Faults(choice!, value, path)
                .Count == 0) != 1) faults.Add($"{path} is not one of the forms it may have");
            return;
        }
        if (!IsOfType(schema, value)) faults.Add($"{path} is {value?.GetValueKind().ToString() ?? "null"}, not {schema["type"]?.ToJsonString()}");
        else if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word,
            value))) faults.Add($"{path} is no word of the list");
        else if (value is JsonObject members) CheckMembers(schema, members, path, faults);
        else if (value is JsonArray items) CheckItems(schema, items, path, faults);
        else if (value?.GetValueKind() is JsonValueKind.String) CheckText(schema, (string)value!, path, faults);
        else if (value?.GetValueKind() is JsonValueKind.Number) CheckNumber(schema, (decimal)value, path, faults);
    }

    private void CheckMembers(JsonNode schema, JsonObject members, string path, List<string> faults)
    {
        foreach (var name in schema["required"]?.AsArray() ?? [])
            if (!members.ContainsKey((string)name!)) faults.Add($"{path}.{name} is missing");
        var others = schema["additionalProperties"];
        foreach (var (name, member) in members)
        {
            if (schema["properties"]?[name] is { } known) Check(known, member, $"{path}.{name}", faults);
            else if (others is JsonObject) Check(others, member, $"{path}.{name}", faults);
            else if (schema["properties"] is not null) faults.Add($"{path}.{name} is not in the document");
        }
    }

    private void CheckItems(JsonNode schema, JsonArray items, string path, List<string> faults)
    {
        if (items.Count > ((int?)schema["maxItems"] ?? int.MaxValue)) faults.Add($"{path} has too many items");
        if (schema["items"] is not { } item) return;
        for (var i = 0; i < items.Count; i++) Check(item, items[i], $"{path}[{i}]", faults);
    }

    private static void CheckText(JsonNode schema, string text, string path, List<string> faults)
    {
        var length = TextRules.LengthOf(text);
        if (length > ((int?)schema["maxLength"] ?? int.MaxValue)
            || length < ((int?)schema["minLength"] ?? 0)) faults.Add($"{path} has a wrong length");
        if ((string?)schema["format"] == "date-time" && !Rfc3339.TryParse(text, out _)) faults.Add($"{path} is no instant");
    }

    private static void CheckNumber(JsonNode schema, decimal number, string path, List<string> faults)
    {
        if (number > ((decimal?)schema["maximum"] ?? decimal.MaxValue) || number < ((decimal?)schema["minimum"] ?? decimal.MinValue))
            faults.Add($"{path} is out of its bounds");
    }

    private static bool IsOfType(JsonNode schema, JsonNode? value)
    {
        if (schema["type"] is null) return true;
        return Support.ApiOperation.TypesOf(schema).Any(type => type switch
        {
            "null" => value is null,
            "object" => value is JsonObject,
            "array" => value is JsonArray,
            "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
            "integer" => value?.GetValueKind() is JsonValueKind.Number && (decimal)value % 1 == 0,
            "number" => value?.GetValueKind() is JsonValueKind.Number,
            _ => value?.GetValueKind() is JsonValueKind.String,
        });
    }
}
