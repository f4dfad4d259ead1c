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

    /// <summary>Collections that are open where the root begins: the stream and the document.</summary>
    private const int RootDepth = 2;

    /// <summary>Parts of a collection that is not the list of tasks; a key and its value are two. More than any field of a task takes.
    /// </summary>
    private const int MaxParts = 1_000;

    private static readonly string[] Numbers = ["estimate_points", "priority", "tier"];

    /// <param name="yaml">The file.</param>
    /// <param name="maxTasks">A longer list is refused where it becomes too long, before anything is made of it.</param>
    /// <param name="faults">Receives what is wrong.</param>
    public static IReadOnlyList<ImportEntry> Read(string yaml, int maxTasks, ImportFaults faults)
    {
        try
        {
            if (WhyNotTree(yaml, maxTasks) is { } fault)
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

    /// <summary>The tree is built by recursion, an alias stands for a whole tree, and a tree of many parts takes long: all of it is looked at
    /// before it is built.</summary>
    private static (int Line, string Message)? WhyNotTree(string yaml, int maxTasks)
    {
        var parser = new Parser(new StringReader(yaml));
        // The collections that are open here, the outermost first; stream and document are two of them.
        var open = new List<Collection>();
        while (parser.MoveNext())
        {
            var found = parser.Current!;
            var line = (int)found.Start.Line;
            if (found is AnchorAlias) return (line, "aliases are not read: write the value out");
            if (found.NestingIncrease >= 0 && open.Count > 0)
            {
                var around = open[^1] = open[^1] with { Parts = open[^1].Parts + 1 };
                if (around.Parts > (around.IsTasks ? maxTasks : MaxParts))
                    return (line, around.IsTasks ? ImportFaults.TooManyTasks(maxTasks) : $"is in something of more than {MaxParts} parts");
            }
            if (found.NestingIncrease > 0) open.Add(new Collection(found is MappingStart, IsTasks(found, open), 0));
            else if (found.NestingIncrease < 0) open.RemoveAt(open.Count - 1);
            if (open.Count > MaxDepth + 2) return (line, $"is nested more than {MaxDepth} levels deep");
        }
        return null;
    }

    /// <summary>The list of tasks is the root, or stands in the root under a name.</summary>
    private static bool IsTasks(ParsingEvent found, List<Collection> around) =>
        found is SequenceStart && (around.Count == RootDepth || (around.Count == RootDepth + 1 && around[^1].IsMapping));

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

    /// <param name="IsMapping">It has keys.</param>
    /// <param name="IsTasks">It is the list of tasks.</param>
    /// <param name="Parts">How many it has so far.</param>
    private readonly record struct Collection(bool IsMapping, bool IsTasks, int Parts);
}
