using System.Globalization;
using Orleans;

namespace OwpPool.Core.Reputation;

/// <summary>How a lease turned out for its worker.</summary>
public enum OutcomeKind
{
    /// <summary>It led to a pull request, which is not judged yet.</summary>
    Delivered,

    /// <summary>A maintainer or GitHub confirmed the merge.</summary>
    Merged,

    /// <summary>The pull request was closed unmerged.</summary>
    Rejected,

    /// <summary>The worker reported failure.</summary>
    Failed,

    /// <summary>The lease ended by itself, or with its worker's disappearance.</summary>
    Lost,
}

/// <summary>One event of the log, as far as it says how a lease turned out.</summary>
[GenerateSerializer, Immutable, Alias("owp.work-outcome")]
public sealed record WorkOutcome
{
    /// <summary>The event's number; outcomes are learnt in this order, each once.</summary>
    [Id(0)] public required long Seq { get; init; }

    /// <summary>Whose work it was.</summary>
    [Id(1)] public required string WorkerId { get; init; }

    /// <summary>How it turned out.</summary>
    [Id(2)] public required OutcomeKind Kind { get; init; }

    /// <summary>The pull request was there before the lease's first end.</summary>
    [Id(3)] public bool OnTime { get; init; }

    /// <summary>A maintainer's rating, 1..5; null = none.</summary>
    [Id(4)] public int? Rating { get; init; }

    /// <summary>The rejection of this work, which was counted, is undone: the pull request was opened again, or merged after all.</summary>
    [Id(5)] public bool UndoesRejection { get; init; }

    /// <summary>The types of the events that can say it.</summary>
    public static IReadOnlyList<string> EventTypes { get; } =
    [
        "task.pr_opened", "task.merged", "task.merge_confirmed", "task.rejected", "task.failed", "task.expired", "task.worker_lost",
        "task.dead_lettered",
    ];

    /// <summary>What an event says of its worker's work; null if nothing: a merge on the worker's own word proves nothing, and what a
    /// maintainer ended is not the worker's doing.</summary>
    public static WorkOutcome? Of(long seq, string type, IReadOnlyDictionary<string, string?> details)
    {
        if (details.GetValueOrDefault("worker_id") is not { } workerId) return null;
        OutcomeKind? kind = type switch
        {
            "task.pr_opened" => OutcomeKind.Delivered,
            "task.merged" or "task.merge_confirmed" when details.ContainsKey("confirmed_by") => OutcomeKind.Merged,
            "task.rejected" => OutcomeKind.Rejected,
            "task.failed" => OutcomeKind.Failed,
            "task.expired" or "task.worker_lost" => OutcomeKind.Lost,
            "task.dead_lettered" => details.GetValueOrDefault("outcome") switch
            {
                "Failed" => OutcomeKind.Failed,
                "Expired" or "Offline" => OutcomeKind.Lost,
                _ => null,
            },
            _ => null,
        };
        if (kind is null) return null;
        return new WorkOutcome
        {
            Seq = seq,
            WorkerId = workerId,
            Kind = kind.Value,
            OnTime = details.GetValueOrDefault("on_time") == "true",
            UndoesRejection = details.GetValueOrDefault("undoes_rejection") == "true",
            Rating = int.TryParse(details.GetValueOrDefault("rating"), CultureInfo.InvariantCulture, out var rating) ? rating : null,
        };
    }
}
