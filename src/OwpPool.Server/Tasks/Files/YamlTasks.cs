using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace OwpPool.Server.Tasks.Files;

/// <summary>Reads the YAML in which maintainers keep tasks: a list of mappings. The server and the command line read it here.</summary>
public static class YamlTasks
{
    private const int MaxDepth = 8;

    /// <summary>Collections that are open where the root begins: the stream and the document.</summary>
    private const int RootDepth = 2;

    /// <summary>Parts of a collection that is not the list of tasks; a key and its value are two. More than any field of a task takes.
    /// </summary>
    private const int MaxParts = 1_000;

    private static readonly string[] Numbers = ["estimate_points", "priority", "tier"];

    /// <summary>The fault of a file with too many tasks.</summary>
    public static string TooManyTasks(int most) => $"a file has at most {most} tasks";

    /// <summary>The tasks of a file, in its order.</summary>
    /// <param name="yaml">The file.</param>
    /// <param name="maxTasks">A longer list is refused where it becomes too long, before anything is made of it.</param>
    /// <param name="fault">Told what is wrong, and in which line, from 1; 0 = in the file as a whole.</param>
    public static IReadOnlyList<ImportEntry> Read(string yaml, int maxTasks, Action<int, string> fault)
    {
        try
        {
            var text = EmptyBlocks.Trim(yaml);
            if (WhyNotTree(text, maxTasks) is { } wrong)
            {
                fault(wrong.Line, wrong.Message);
                return [];
            }
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            // An empty document, such as one that a mark at the file's end begins, is nothing.
            var roots = stream.Documents.Select(static document => document.RootNode).Where(static node => node is not YamlScalarNode scalar || scalar.Value?.Length > 0)
                .ToList();
            if (roots.Count > 1) fault(LineOf(roots[1]), "a task file is one YAML document");
            var root = roots.FirstOrDefault();
            if (root is YamlMappingNode mapping && mapping.Children.TryGetValue("tasks", out var tasks)) root = tasks;
            if (root is YamlSequenceNode list) return [.. list.Children.Select(node => ToEntry(node, fault)).OfType<ImportEntry>()];
            fault(root is null ? 0 : LineOf(root), "must be a list of tasks, each of which begins with '- title:'");
        }
        catch (YamlException broken)
        {
            fault((int)broken.End.Line, "is not YAML: " + broken.Message.ReplaceLineEndings(" "));
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
                    return (line, around.IsTasks ? TooManyTasks(maxTasks) : $"is in something of more than {MaxParts} parts");
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

    private static ImportEntry? ToEntry(YamlNode node, Action<int, string> fault)
    {
        if (node is not YamlMappingNode mapping)
        {
            fault(LineOf(node), "a task is a mapping that begins with 'title:'");
            return null;
        }
        var (fields, lines) = (new JsonObject(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            (fields[name], lines[name]) = (ToJson(value, Numbers.Contains(name)), LineOf(key));
            foreach (var (index, item) in (value as YamlSequenceNode)?.Children.Index() ?? [])
                lines[string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]")] = LineOf(item);
        }
        return new ImportEntry(LineOf(mapping), fields, lines);
    }

    private static JsonNode? ToJson(YamlNode node, bool isNumber) => node switch
    {
        YamlScalarNode scalar => YamlScalars.Read(scalar, isNumber),
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
