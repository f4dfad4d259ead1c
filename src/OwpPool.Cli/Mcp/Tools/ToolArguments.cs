using System.Text.Json;
using System.Text.Json.Nodes;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>What an agent gave to a tool, checked against what the tool takes.</summary>
internal sealed class ToolArguments
{
    private readonly Dictionary<string, JsonElement> _given;
    private readonly Func<string, string> _hide;

    /// <param name="parameters">What the tool takes.</param>
    /// <param name="given">What came; null = nothing. Agents send null for what they leave out.</param>
    /// <param name="hide">Takes secrets out of a text for people, when it is used.</param>
    public ToolArguments(IReadOnlyList<Parameter> parameters, IDictionary<string, JsonElement>? given, Func<string, string> hide)
    {
        _hide = hide;
        _given = (given ?? new Dictionary<string, JsonElement>())
            .Where(argument => argument.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            .ToDictionary(StringComparer.Ordinal);
        var unknown = _given.Keys.Except(parameters.Select(parameter => parameter.Name)).Order(StringComparer.Ordinal)
            .Select(name => $"'{name}' is no argument of this tool");
        Problems = [.. parameters.Select(Problem).OfType<string>(), .. unknown];
    }

    /// <summary>All that is wrong, a sentence each; the rest may be used only where there is nothing.</summary>
    public IReadOnlyList<string> Problems { get; }

    public string? Text(Parameter parameter) => _given.ContainsKey(parameter.Name) ? RequiredText(parameter) : null;

    public string RequiredText(Parameter parameter)
    {
        var text = _given[parameter.Name].GetString()!;
        return parameter is TextParameter ? _hide(text) : text;
    }

    public int? Number(NumberParameter parameter) =>
        _given.TryGetValue(parameter.Name, out var value) ? value.GetInt32() : parameter.Default;

    public IReadOnlyList<string>? List(ListParameter parameter) =>
        _given.TryGetValue(parameter.Name, out var value) ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : null;

    /// <summary>The schema of all parameters together.</summary>
    public static JsonElement SchemaOf(IReadOnlyList<Parameter> parameters)
    {
        var properties = new JsonObject();
        foreach (var parameter in parameters) properties[parameter.Name] = parameter.Schema();
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        string[] required = [.. parameters.Where(parameter => parameter.IsRequired).Select(parameter => parameter.Name)];
        if (required.Length > 0) schema["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        return JsonSerializer.SerializeToElement(schema, McpToolJson.Default.JsonObject);
    }

    private string? Problem(Parameter parameter)
    {
        if (!_given.TryGetValue(parameter.Name, out var value)) return parameter.IsRequired ? $"'{parameter.Name}' is missing" : null;
        return parameter.WhyNot(value) is { } reason ? $"'{parameter.Name}' {reason}" : null;
    }
}
