namespace OwpPool.Cli.TaskFiles;

/// <summary>Orders tasks so that each comes after those that it depends on, otherwise as in the file.</summary>
internal static class TaskOrder
{
    public static IReadOnlyList<TaskEntry> Sort(IReadOnlyList<TaskEntry> entries, List<TaskFileProblem> problems)
    {
        var known = problems.Count;
        var byName = Names(entries, problems);
        var needs = entries.ToDictionary(entry => entry, entry => Resolve(entry, byName, problems));
        if (problems.Count > known) return entries;
        var ordered = new List<TaskEntry>(entries.Count);
        var placed = new HashSet<TaskEntry>();
        var waiting = entries.ToList();
        while (waiting.Count > 0)
        {
            var free = waiting.FindAll(entry => needs[entry].TrueForAll(placed.Contains));
            if (free.Count == 0)
            {
                var circle = string.Join("', '", waiting.Select(entry => entry.Title));
                problems.Add(new(waiting[0].Line, $"these tasks wait for each other: '{circle}'"));
                return entries;
            }
            ordered.AddRange(free);
            placed.UnionWith(free);
            waiting.RemoveAll(placed.Contains);
        }
        return ordered;
    }

    /// <summary>The tasks that <paramref name="entry"/> depends on.</summary>
    public static IEnumerable<TaskEntry> NeedsOf(TaskEntry entry, IEnumerable<TaskEntry> all) =>
        all.Where(other => entry.DependsOn.Any(need => need.Name == other.Title || need.Name == other.ExternalId));

    private static Dictionary<string, TaskEntry> Names(IReadOnlyList<TaskEntry> entries, List<TaskFileProblem> problems)
    {
        var names = new Dictionary<string, TaskEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            foreach (var name in new[] { entry.Title, entry.ExternalId })
            {
                if (names.TryAdd(name, entry) || names[name] == entry) continue;
                problems.Add(new(entry.Line, $"'{name}' names the task at line {names[name].Line} already"));
                break;
            }
        }
        return names;
    }

    private static List<TaskEntry> Resolve(TaskEntry entry, Dictionary<string, TaskEntry> byName, List<TaskFileProblem> problems)
    {
        var needs = new List<TaskEntry>();
        foreach (var need in entry.DependsOn)
        {
            if (!byName.TryGetValue(need.Name, out var other))
                problems.Add(new(need.Line, $"'depends_on' names '{need.Name}', which is no task of this file"));
            else if (other == entry)
                problems.Add(new(need.Line, "a task cannot depend on itself"));
            else
                needs.Add(other);
        }
        return needs;
    }
}
