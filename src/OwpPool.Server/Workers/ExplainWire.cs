using System.Text.Json.Serialization;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Workers;

/// <summary>Why there is no work, or where there is.</summary>
public sealed record ExplainResponse
{
    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Whether it takes work at all: online, and paused by nobody.</summary>
    public required bool Available { get; init; }

    /// <summary>Points of its capacity that are free.</summary>
    public required int FreePoints { get; init; }

    /// <summary>Tasks that it may take beside those it holds.</summary>
    public required int FreeSlots { get; init; }

    /// <summary>The answer in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>Every repo with ready tasks; with a task_id only that task's repo.</summary>
    public required IReadOnlyList<ExplainRepoWire> Repos { get; init; }

    /// <summary>Repos that did not answer: nothing is known of their tasks. Ask again later.</summary>
    public required IReadOnlyList<string> Unanswered { get; init; }

    /// <summary>About the one task; left out when none was asked about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExplainTaskWire? Task { get; init; }
}

/// <summary>One repo, to one worker.</summary>
public sealed record ExplainRepoWire
{
    /// <summary>The repo.</summary>
    public required string Repo { get; init; }

    /// <summary>Its ready tasks, resting and waiting ones included.</summary>
    public required int Ready { get; init; }

    /// <summary>How many of them the worker could lease now.</summary>
    public required int Takeable { get; init; }

    /// <summary>Review budget in use.</summary>
    public required int BudgetUsed { get; init; }

    /// <summary>Review budget.</summary>
    public required int MaxOpenPrs { get; init; }

    /// <summary>Why nothing at all can be taken here; null if something could.</summary>
    [OneOf(nameof(WordLists.NoWorkReason))]
    public required string? Nothing { get; init; }

    /// <summary>How many tasks each reason keeps from the worker, by the first that applies.</summary>
    public required IReadOnlyDictionary<string, int> Reasons { get; init; }
}

/// <summary>One task, to one worker.</summary>
public sealed record ExplainTaskWire
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Where it stands.</summary>
    [OneOf(nameof(WordLists.TaskStatus))]
    public required string Phase { get; init; }

    /// <summary>Whether the worker could lease it now.</summary>
    public required bool Eligible { get; init; }

    /// <summary>Why not, in one word: not_ready, or the word of a rule; null if it could.</summary>
    [OneOf(nameof(WordLists.NoWorkReason))]
    public required string? Reason { get; init; }

    /// <summary>With dependency_dead: the tasks that were cancelled or are dead letters, as far as the worker may see them.</summary>
    public required IReadOnlyList<string> DeadDependencies { get; init; }
}
