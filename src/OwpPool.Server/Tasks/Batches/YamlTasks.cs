using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>Reads the YAML in which maintainers keep tasks: a list of mappings.</summary>
internal static class YamlTasks
{
    private const int MaxDepth = 8;

    private static readonly string[] Numbers = ["estimate_points", "priority", "tier"];

    public static IReadOnlyList<ImportEntry> Read(string yaml, ImportFaults faults)
    {
        try
        {
            if (WhyNotTree(yaml) is { } fault)
            {
                faults.Add(fault.Line, fault.Message);
                return [];
            }
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents.Count > 1) faults.Add(LineOf(stream.Documents[1].RootNode), "a task file is one YAML document");
            var root = stream.Documents is [var document, ..] ? document.RootNode : null;
            if (root is YamlMappingNode mapping && mapping.Children.TryGetValue("tasks", out var tasks)) root = tasks;
            if (root is YamlSequenceNode list) return [.. list.Children.Select(node => ToEntry(node, faults)).OfType<ImportEntry>()];
            faults.Add(root is null ? 0 : LineOf(root), "must be a list of tasks, each of which begins with '- title:'");
        }
        catch (YamlException fault)
        {
            faults.Add((int)fault.End.Line, "is not YAML: " + fault.Message.ReplaceLineEndings(" "));
        }
        return [];
    }

    /// <summary>The tree is built by recursion, and an alias stands for a whole tree: both are looked at before it is built.</summary>
    private static (int Line, string Message)? WhyNotTree(string yaml)
    {
        var (parser, depth) = (new Parser(new StringReader(yaml)), 0);
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            var line = (int)parser.Current.Start.Line;
            if (parser.Current is AnchorAlias) return (line, "aliases are not read: write the value out");
            if (depth > MaxDepth + 2) return (line, $"is nested more than {MaxDepth} levels deep");
        }
        return null;
    }

    private static ImportEntry? ToEntry(YamlNode node, ImportFaults faults)
    {
        if (node is not YamlMappingNode mapping)
        {
            faults.Add(LineOf(node), "a task is a mapping that begins with 'title:'");
            return null;
        }
        var (fields, lines) = (new JsonObject(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            (fields[name], lines[name]) = (ToJson(value, Numbers.Contains(name)), LineOf(key));
        }
        return new ImportEntry(LineOf(mapping), fields, lines);
    }

    private static JsonNode? ToJson(YamlNode node, bool isNumber) => node switch
    {
        YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" } => null,
        YamlScalarNode { Value: { } text } when isNumber && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) =>
            JsonValue.Create(number),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(item => ToJson(item, isNumber: false))]),
        // No field of a task is a mapping; what it is read as says so.
        _ => new JsonObject(),
    };

    private static int LineOf(YamlNode node) => (int)node.Start.Line;
}
