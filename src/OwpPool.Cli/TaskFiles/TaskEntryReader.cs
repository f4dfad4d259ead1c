using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OwpPool.TaskFiles;

namespace OwpPool.Cli.TaskFiles;

/// <summary>Reads one task, and notes each fault with its line.</summary>
internal sealed class TaskEntryReader
{
    private static readonly string[] Known =
        ["title", "description", "estimate_points", "priority", "required_skills", "area", "tier", "depends_on", "external_id"];

    private readonly List<TaskFileProblem> _problems;
    private readonly ImportEntry _entry;

    private TaskEntryReader(ImportEntry entry, List<TaskFileProblem> problems) => (_entry, _problems) = (entry, problems);

    /// <summary>Null where the entry cannot be a task at all.</summary>
    public static TaskEntry? Read(ImportEntry entry, List<TaskFileProblem> problems) => new TaskEntryReader(entry, problems).Read();

    private TaskEntry? Read()
    {
        foreach (var (name, _) in _entry.Fields)
            if (!Known.Contains(name)) Fault(name, $"a task has no field '{name}'; its fields are {string.Join(", ", Known)}");
        if (!_entry.Fields.ContainsKey("title"))
        {
            Fault("title", "'title' is missing");
            return null;
        }
        if (_entry.Fields["title"] is null || TextOf("title") is { } title && string.IsNullOrWhiteSpace(title)) Fault("title", "'title' is blank");
        var text = Text("title", maxLength: 300)?.Trim() ?? "";
        return new TaskEntry
        {
            Line = _entry.Line,
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

    private string? TextOf(string field) => _entry.Fields[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private string? Text(string field, int maxLength)
    {
        if (_entry.Fields[field] is null) return null;
        if (TextOf(field) is not { } text) return Fault(field, $"'{field}' must be text");
        return text.Length <= maxLength ? text : Fault(field, $"'{field}' is {text.Length} characters long; {maxLength} are allowed");
    }

    private int Number(string field, int missing, int min, int max)
    {
        if (_entry.Fields[field] is not { } node) return missing;
        if (node is JsonValue value && value.TryGetValue<long>(out var number) && number >= min && number <= max) return (int)number;
        var said = node is JsonValue ? $", not '{node}'" : "";
        Fault(field, string.Create(CultureInfo.InvariantCulture, $"'{field}' must be a whole number from {min} to {max}{said}"));
        return missing;
    }

    private List<TaskEntry.Reference> Texts(string field, int maxCount, int maxLength)
    {
        if (_entry.Fields[field] is not { } node) return [];
        if (node is not JsonArray list)
        {
            Fault(field, $"'{field}' must be a list, such as [{(field == "depends_on" ? "Title of a task" : "sql, docker")}]");
            return [];
        }
        if (list.Count > maxCount) Fault(field, $"'{field}' has {list.Count} entries; {maxCount} are allowed");
        var texts = new List<TaskEntry.Reference>();
        foreach (var (index, item) in list.Index())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");
            if (item is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 && text.Length <= maxLength)
                texts.Add(new(text.Trim(), _entry.LineOf(place)));
            else
                Fault(place, $"each entry of '{field}' must be text of 1 to {maxLength} characters");
        }
        return texts;
    }

    private string? Fault(string field, string message)
    {
        _problems.Add(new(_entry.LineOf(field), message));
        return null;
    }
}
