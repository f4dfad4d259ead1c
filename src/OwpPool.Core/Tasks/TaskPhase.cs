using System.Collections.Frozen;

namespace OwpPool.Core.Tasks;

/// <summary>Where a task stands (protocol rule 9).</summary>
public enum TaskPhase
{
    /// <summary>Waits for a worker.</summary>
    Ready,

    /// <summary>Shown to one worker, which may take it; reserves budget and area like a lease.</summary>
    Offered,

    /// <summary>Held by one worker, not begun.</summary>
    Leased,

    /// <summary>Held by one worker, which works on it.</summary>
    InProgress,

    /// <summary>Held by one worker, which waits for something.</summary>
    Blocked,

    /// <summary>A pull request waits for review. The lease is over; the task still counts against the review budget.</summary>
    PrOpened,

    /// <summary>Done. Final, once somebody besides its worker has confirmed it.</summary>
    Merged,

    /// <summary>Withdrawn by a maintainer. Final.</summary>
    Cancelled,

    /// <summary>Out of attempts; kept, and revived only by an admin.</summary>
    DeadLetter,
}

/// <summary>The lifecycle as data: which phase may follow which, and which hold what.</summary>
public static class TaskPhases
{
    /// <summary>Whether what waits for the task's merge waits in vain: it was cancelled, or is a dead letter, which only a maintainer revives.
    /// </summary>
    public static bool IsDeadEnd(this TaskPhase phase) => phase is TaskPhase.Cancelled or TaskPhase.DeadLetter;

    /// <summary>Every legal step of protocol rule 9; that from merged only while nobody has confirmed the merge, those from ready to
    /// pr_opened and merged only after a review that has ended. The README's diagram is tested against it.</summary>
    public static FrozenDictionary<TaskPhase, FrozenSet<TaskPhase>> LegalSteps { get; } = new Dictionary<TaskPhase, FrozenSet<TaskPhase>>
    {
        [TaskPhase.Ready] = Set(TaskPhase.Offered, TaskPhase.Leased, TaskPhase.PrOpened, TaskPhase.Merged, TaskPhase.Cancelled),
        [TaskPhase.Offered] = Set(TaskPhase.Leased, TaskPhase.Ready, TaskPhase.Cancelled),
        [TaskPhase.Leased] = Set(TaskPhase.InProgress, TaskPhase.PrOpened, TaskPhase.Ready, TaskPhase.DeadLetter, TaskPhase.Cancelled),
        [TaskPhase.InProgress] = Set(TaskPhase.Blocked, TaskPhase.PrOpened, TaskPhase.Ready, TaskPhase.DeadLetter, TaskPhase.Cancelled),
        [TaskPhase.Blocked] = Set(TaskPhase.InProgress, TaskPhase.PrOpened, TaskPhase.Ready, TaskPhase.DeadLetter, TaskPhase.Cancelled),
        [TaskPhase.PrOpened] = Set(TaskPhase.Merged, TaskPhase.InProgress, TaskPhase.Ready, TaskPhase.DeadLetter, TaskPhase.Cancelled),
        [TaskPhase.Merged] = Set(TaskPhase.Ready),
        [TaskPhase.Cancelled] = Set(),
        [TaskPhase.DeadLetter] = Set(TaskPhase.Ready, TaskPhase.Cancelled),
    }.ToFrozenDictionary();

    /// <summary>Whether a worker holds an expiring lease in this phase.</summary>
    public static bool IsLeased(this TaskPhase phase) => phase is TaskPhase.Leased or TaskPhase.InProgress or TaskPhase.Blocked;

    /// <summary>Whether the phase counts against its worker's capacity and holds its area (rules 3 and 5).</summary>
    public static bool OccupiesWorker(this TaskPhase phase) => phase is TaskPhase.Offered || phase.IsLeased();

    /// <summary>Whether the phase counts against its repo's review budget (rule 4).</summary>
    public static bool CountsAgainstBudget(this TaskPhase phase) => phase is TaskPhase.PrOpened || phase.OccupiesWorker();

    /// <summary>The phase's word on the wire and in SQL.</summary>
    public static string Wire(this TaskPhase phase) => WireNames[(int)phase];

    /// <summary>The phase of a word.</summary>
    /// <exception cref="ArgumentException">No phase has this word.</exception>
    public static TaskPhase Parse(string wire) => Array.IndexOf(WireNames, wire) is var index and >= 0
        ? (TaskPhase)index
        : throw new ArgumentException($"'{wire}' is no phase.", nameof(wire));

    /// <summary>What a worker that holds the task may report next, in wire words.</summary>
    public static IReadOnlyList<string> ReportableFrom(TaskPhase phase) =>
        phase is TaskPhase.Ready ? [] : [.. LegalSteps[phase].Where(IsReported).Order().Select(Wire)];

    private static readonly string[] WireNames =
        [.. Enum.GetValues<TaskPhase>().Select(phase => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.ToString()))];

    private static bool IsReported(TaskPhase phase) =>
        phase is TaskPhase.InProgress or TaskPhase.Blocked or TaskPhase.PrOpened or TaskPhase.Merged;

    private static FrozenSet<TaskPhase> Set(params TaskPhase[] phases) => phases.ToFrozenSet();
}
