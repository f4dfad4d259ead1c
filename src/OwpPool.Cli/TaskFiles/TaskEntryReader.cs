using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OwpPool.Cli.TaskFiles;

/// <summary>Reads one task, and notes each fault with its line.</summary>
internal sealed class TaskEntryReader
{
    private static readonly string[] Known =
        ["title", "description", "estimate_points", "priority", "required_skills", "area", "tier", "depends_on", "external_id"];

    private readonly List<TaskFileProblem> _problems;
    private readonly Dictionary<string, YamlNode> _fields = new(StringComparer.Ordinal);

    private TaskEntryReader(List<TaskFileProblem> problems) => _problems = problems;

    /// <summary>Null where the node cannot be a task at all.</summary>
    public static TaskEntry? Read(YamlNode node, List<TaskFileProblem> problems)
    {
        if (node is YamlMappingNode mapping) return new TaskEntryReader(problems).Read(mapping);
        problems.Add(new(TaskFile.Line(node), "a task is a mapping that begins with 'title:'"));
        return null;
    }

    private TaskEntry? Read(YamlMappingNode mapping)
    {
        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (Known.Contains(name)) _fields[name] = value;
            else Fault(key, $"a task has no field '{name}'; its fields are {string.Join(", ", Known)}");
        }
        if (!_fields.TryGetValue("title", out var title))
        {
            Fault(mapping, "'title' is missing");
            return null;
        }
        if (title is YamlScalarNode scalar && string.IsNullOrWhiteSpace(scalar.Value)) Fault(title, "'title' is blank");
        var text = Text("title", maxLength: 300)?.Trim() ?? "";
        return new TaskEntry
        {
            Line = TaskFile.Line(mapping),
            Title = text,
            Description = Text("description", maxLength: 64 * 1024),
            EstimatePoints = Number("estimate_points", 1, 1, 100),
            Priority = Number("priority", 10, 0, 1000),
            RequiredSkills = [.. Texts("required_skills", maxCount: 50, maxLength: 64).Select(skill => skill.Name)],
            Area = Text("area", maxLength: 120),
            Tier = Number("tier", 0, 0, 3),
            DependsOn = Texts("depends_on", maxCount: 100, maxLength: 300),
            ExternalId = Text("external_id", maxLength: 200) is { Length: > 0 } id ? id : FromTitle(text),
        };
    }

    private static string FromTitle(string title) =>
        "title-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(title)).AsSpan(0, 12));

    private string? Text(string field, int maxLength)
    {
        if (!_fields.TryGetValue(field, out var node) || IsNull(node)) return null;
        if (node is not YamlScalarNode { Value: { } value })
            return Fault(node, $"'{field}' must be text");
        return value.Length <= maxLength ? value : Fault(node, $"'{field}' is {value.Length} characters long; {maxLength} are allowed");
    }

    private int Number(string field, int missing, int min, int max)
    {
        if (!_fields.TryGetValue(field, out var node)) return missing;
        var text = (node as YamlScalarNode)?.Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
            return value;
        Fault(node, $"'{field}' must be a whole number from {min} to {max}{(text is null ? "" : $", not '{text}'")}");
        return missing;
    }

    private List<TaskEntry.Reference> Texts(string field, int maxCount, int maxLength)
    {
        if (!_fields.TryGetValue(field, out var node) || IsNull(node)) return [];
        if (node is not YamlSequenceNode list)
        {
            Fault(node, $"'{field}' must be a list, such as [{(field == "depends_on" ? "Title of a task" : "sql, docker")}]");
            return [];
        }
        if (list.Children.Count > maxCount) Fault(node, $"'{field}' has {list.Children.Count} entries; {maxCount} are allowed");
        var texts = new List<TaskEntry.Reference>();
        foreach (var item in list.Children)
        {
            if (item is YamlScalarNode { Value: { Length: > 0 } value } && value.Length <= maxLength)
                texts.Add(new(value.Trim(), TaskFile.Line(item)));
            else
                Fault(item, $"each entry of '{field}' must be text of 1 to {maxLength} characters");
        }
        return texts;
    }

    private static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    private string? Fault(YamlNode node, string message)
    {
        _problems.Add(new(TaskFile.Line(node), message));
        return null;
    }
}
