using System.Text.Json.Nodes;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The world that all examples are of: a web shop and its worker Ada, as <c>examples.json</c> has it. A value is found by the
/// schema and the member, or by the member alone; a word of a list also by the list. Null leaves out what may be left out.</summary>
internal static class ExampleValues
{
    private static readonly JsonNode All = Read();

    /// <summary>The value of a member.</summary>
    /// <returns>False where there is none: then the example of each of its parts is asked for.</returns>
    public static bool TryGet(string? schema, string member, out JsonNode? value)
    {
        var members = All["members"]!.AsObject();
        var found = members.TryGetPropertyValue($"{schema}.{member}", out value) || members.TryGetPropertyValue(member, out value);
        value = found ? value?.DeepClone() : null;
        return found;
    }

    /// <summary>Requests of an operation, by what they are good for; empty = it has the one that its members make.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode>> RequestsOf(string operation) =>
        All["requests"]![operation]?.AsObject().Select(static named => KeyValuePair.Create(named.Key, named.Value!.DeepClone())) ?? [];

    private static JsonNode Read()
    {
        using var stream = typeof(ExampleValues).Assembly.GetManifestResourceStream("examples.json")!;
        return JsonNode.Parse(stream)!;
    }
}
