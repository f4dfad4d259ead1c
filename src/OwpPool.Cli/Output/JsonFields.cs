using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace OwpPool.Cli.Output;

/// <summary>The fields of an answer that <c>--json</c> asks for.</summary>
internal sealed class JsonFields<T>
{
    private readonly JsonTypeInfo<T> _type;

    /// <summary>Name in the output, name in the answer.</summary>
    private readonly List<(string Asked, string Field)> _picked;

    /// <param name="type">The answer.</param>
    /// <param name="asked">Comma-separated names; null = all.</param>
    /// <exception cref="UsageException">The answer has no such field.</exception>
    public JsonFields(JsonTypeInfo<T> type, string? asked)
    {
        _type = type;
        // What a record shares with others comes first, its id among it: the serializer lists inherited members last.
        var known = type.Properties.OrderBy(property => property.DeclaringType == typeof(T)).Select(property => property.Name).ToList();
        _picked = asked is null
            ? known.ConvertAll(name => (name, name))
            : [.. asked.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Distinct().Select(name => (name, Find(name, known)))];
        if (_picked.Count == 0) throw Unknown(asked!, known);
    }

    /// <summary>Each field that was asked for; one without a value is null.</summary>
    public JsonObject Pick(T value)
    {
        var all = JsonSerializer.SerializeToNode(value, _type)!.AsObject();
        var picked = new JsonObject();
        foreach (var (name, field) in _picked) picked[name] = all[field]?.DeepClone();
        return picked;
    }

    /// <summary>The field of this name; <c>id</c> is what identifies the thing, whatever it is called.</summary>
    private static string Find(string name, List<string> known)
    {
        if (known.Contains(name)) return name;
        if (name == "id" && known.Find(field => field.EndsWith("_id", StringComparison.Ordinal)) is { } id) return id;
        throw Unknown(name, known);
    }

    private static UsageException Unknown(string name, List<string> known) => new(
        $"--json: there is no field '{name}'. The fields are {string.Join(", ", known)}.");
}
