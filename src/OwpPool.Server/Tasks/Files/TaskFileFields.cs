using System.Collections.Frozen;

namespace OwpPool.Server.Tasks.Files;

/// <summary>The names of a task's fields in a file, and which of them somebody means who writes another.</summary>
internal static class TaskFileFields
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> Known =
    [
        "repo", "title", "description", "estimate_points", "priority", "required_skills", "area", "tier", "not_before", "depends_on", "external_id",
    ];

    /// <summary>What trackers, other pools and owp's own options call them.</summary>
    private static readonly FrozenDictionary<string, string> Meant = new Dictionary<string, string>
    {
        ["repository"] = "repo",
        ["name"] = "title", ["summary"] = "title", ["subject"] = "title", ["task"] = "title",
        ["desc"] = "description", ["body"] = "description", ["details"] = "description", ["text"] = "description",
        ["estimate"] = "estimate_points", ["points"] = "estimate_points", ["size"] = "estimate_points", ["story_points"] = "estimate_points",
        ["prio"] = "priority",
        ["skills"] = "required_skills", ["skill"] = "required_skills", ["requires"] = "required_skills", ["labels"] = "required_skills",
        ["path"] = "area", ["component"] = "area",
        ["trust"] = "tier", ["level"] = "tier",
        ["start"] = "not_before", ["after"] = "not_before", ["start_at"] = "not_before", ["delay_until"] = "not_before",
        ["depends"] = "depends_on", ["dependencies"] = "depends_on", ["needs"] = "depends_on", ["blocked_by"] = "depends_on",
        ["id"] = "external_id", ["key"] = "external_id", ["ref"] = "external_id",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The fault of a field that there is not, with the one that is probably meant, else with all.</summary>
    public static string Unknown(string name) => Find(name) is { } meant
        ? $"a task has no field '{name}'; did you mean '{meant}'?"
        : $"a task has no field '{name}'; its fields are {string.Join(", ", Known)}";

    /// <summary>Case and dashes do not count, nor do two wrong letters in a long name.</summary>
    private static string? Find(string name)
    {
        var plain = name.Trim().ToLowerInvariant().Replace('-', '_').Replace(' ', '_');
        if (Known.Contains(plain)) return plain;
        if (Meant.TryGetValue(plain, out var meant)) return meant;
        var (nearest, distance) = Known.Select(known => (known, Distance(plain, known))).MinBy(static pair => pair.Item2);
        return distance <= Math.Min(2, nearest.Length / 3) ? nearest : null;
    }

    /// <summary>How many letters have to be added, removed or changed.</summary>
    private static int Distance(string one, string other)
    {
        // Names that are much longer are no slips of a key, and need not be compared.
        if (Math.Abs(one.Length - other.Length) > 2) return int.MaxValue;
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var changed = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
