using System.Globalization;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>Changes of tasks as <c>field=value</c>.</summary>
internal static class TaskChanges
{
    private static readonly Dictionary<string, Func<TaskPatch, string, TaskPatch>> Setters = new(StringComparer.Ordinal)
    {
        ["title"] = (patch, value) => patch with { Title = value },
        ["description"] = (patch, value) => patch with { Description = value },
        ["estimate_points"] = (patch, value) => patch with { EstimatePoints = Number("estimate_points", value) },
        ["priority"] = (patch, value) => patch with { Priority = Number("priority", value) },
        ["required_skills"] = (patch, value) => patch with { RequiredSkills = Words.Of([value]) },
        ["area"] = (patch, value) => patch with { Area = value },
        ["tier"] = (patch, value) => patch with { Tier = Number("tier", value) },
        ["not_before"] = (patch, value) => value == "now" ? patch with { ClearsNotBefore = true } : patch with { NotBefore = Instants.Parse("--set not_before", value) },
        ["depends_on"] = (patch, value) => patch with { DependsOn = Words.Of([value]) },
    };

    /// <summary>What can be changed.</summary>
    public static IReadOnlyCollection<string> Fields => Setters.Keys;

    /// <summary>All of the changes.</summary>
    /// <exception cref="UsageException">One is none.</exception>
    public static TaskPatch Of(IEnumerable<string> changes)
    {
        var patch = new TaskPatch();
        foreach (var change in changes)
        {
            var split = change.IndexOf('=', StringComparison.Ordinal);
            if (split < 0 || !Setters.TryGetValue(change[..split], out var set))
                throw new UsageException($"--set '{change}' must be field=value; the fields are {string.Join(", ", Fields)}.");
            patch = set(patch, change[(split + 1)..]);
        }
        return patch;
    }

    private static int Number(string field, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new UsageException($"--set {field}={value} must be a whole number.");
}
