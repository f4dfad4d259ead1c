using System.Globalization;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>Words that several answers share.</summary>
internal static class Wording
{
    /// <summary>How much of a description goes into a list; the structured answer and task_details have all of it.</summary>
    private const int MaxListed = 4000;

    public static string Paragraphs(IEnumerable<string> parts) => string.Join("\n\n", parts.Where(part => part.Length > 0));

    /// <summary>A description, marked as what it is: it says what to build, and allows nothing.</summary>
    public static string ByMaintainers(string description) =>
        description.Length == 0 ? "" : $"The maintainers' description:\n{description}";

    public static string At(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string LeaseUntil(DateTimeOffset? end) => end is { } instant
        ? $"its lease runs until {At(instant)} and is renewed for you while this session lasts."
        : "no lease runs on it.";

    public static string Facts(string repo, string status, int points, string? area, IReadOnlyList<string> skills) => string.Join("; ", [
        $"repo {repo}", $"status {status}", Counted.Of(points, "point"),
        .. area is null ? [] : (string[])[$"area {area}"],
        .. skills.Count == 0 ? [] : (string[])[$"skills {string.Join(", ", skills)}"]]);

    public static string Task(HeldTask task, bool isNew)
    {
        var text = task.Description.Length <= MaxListed
            ? task.Description
            : $"{task.Description[..MaxListed]}…\n(task_details has the rest)";
        var attempt = task.Attempt > 1 ? $"\nThis is attempt {task.Attempt}: task_details tells how the earlier ones ended." : "";
        return $"{(isNew ? "NEW " : "")}{task.TaskId} {task.Title}\n"
            + $"{Facts(task.Repo, task.Status, task.EstimatePoints, task.Area, task.RequiredSkills)}; lease until {At(task.LeaseExpiresAt)}"
            + attempt + (text.Length == 0 ? "" : $"\n{ByMaintainers(text)}");
    }
}
