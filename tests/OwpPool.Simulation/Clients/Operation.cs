using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;

namespace OwpPool.Simulation;

internal enum OperationKind
{
    Register,
    Heartbeat,
    Claim,
    Report,
    GiveBack,
    Renew,
    Explain,
    Describe,
    RotateToken,
    RequestOffers,
    AcceptOffer,
    RejectOffer,
    UpsertRepo,
    CreateTask,
    Override,
    PauseWorker,
    RevokeWorker,
    UndoWorker,
    SetTrust,
    Review,
    Edit,
    Move,
    Force,
    ImportBatch,
}

/// <summary>How an operation stands, as its client knows.</summary>
internal enum OperationOutcome
{
    /// <summary>Under way.</summary>
    Pending,

    /// <summary>Acknowledged.</summary>
    Ok,

    /// <summary>Answered with a refusal.</summary>
    Refused,

    /// <summary>No answer: it may have happened, or may happen yet.</summary>
    Unknown,
}

/// <summary>One request of a client, with all its repeats. The tag travels with it into what is stored, so that every commit can be traced
/// to the request that caused it.</summary>
internal sealed class Operation(int number, OperationKind kind)
{
    internal int Number => number;

    internal OperationKind Kind => kind;

    internal string Tag { get; } = $"op{number}";

    internal SimulatedWorker? Worker { get; init; }

    internal string TokenHash { get; init; } = "";

    /// <summary>Whether the token is one that the worker never had.</summary>
    internal bool HasForeignToken { get; init; }

    internal string TaskId { get; init; } = "";

    internal string? LeaseId { get; init; }

    internal long? FencingToken { get; init; }

    internal TaskPhase Status { get; init; }

    internal AttemptOutcome GiveBackAs { get; init; }

    internal TimeSpan RetryAfter { get; init; }

    internal WorkerStatus WorkerStatus { get; init; }

    internal int Max { get; init; }

    internal IReadOnlyList<string> Repos { get; init; } = [];

    internal IReadOnlyList<string> Exclude { get; init; } = [];

    internal string Repo { get; init; } = "";

    internal UpsertRepo? Settings { get; init; }

    internal TaskSpec? Spec { get; init; }

    internal BatchOrder? Batch { get; init; }

    internal TaskOverride Act { get; init; }

    internal ReviewMove Move { get; init; }

    internal TaskPatch? Patch { get; init; }

    internal TrustTier Trust { get; init; }

    internal bool Pause { get; init; }

    internal string NewTokenHash { get; init; } = "";

    /// <summary>Whether the client sends it a second time without waiting for the first answer.</summary>
    internal bool IsDuplicated { get; init; }

    /// <summary>How many times it has been sent.</summary>
    internal int Sends { get; set; }

    internal OperationOutcome Outcome { get; set; }

    /// <summary>Commits there had been when it was first sent.</summary>
    internal int FirstSentAt { get; set; }

    /// <summary>When it was first sent, in elapsed time.</summary>
    internal TimeSpan FirstSentAfter { get; set; }

    /// <summary>The highest fencing token that the task had been granted under when it was first sent.</summary>
    internal long GrantedWhenSent { get; set; }

    /// <summary>How many commits were traced to it.</summary>
    internal int Effects { get; set; }

    /// <summary>Sent once and refused: nothing of it may ever be stored.</summary>
    internal bool MustHaveNoEffect { get; set; }

    public override string ToString() => $"{Tag} {Kind} {Worker?.Id ?? Actors.Admin} {Kind switch
    {
        OperationKind.Report => $"{TaskId} {Status.Wire()} lease={LeaseId} token={FencingToken}",
        OperationKind.GiveBack => $"{TaskId} {GiveBackAs} lease={LeaseId} token={FencingToken}",
        OperationKind.Renew => $"{LeaseId}",
        OperationKind.Claim => $"max={Max} repos=[{string.Join(' ', Repos)}] exclude=[{string.Join(' ', Exclude)}]",
        OperationKind.Heartbeat => $"{WorkerStatus}",
        OperationKind.UpsertRepo => $"{Repo} max={Settings!.MaxOpenPrs} paused={Settings.Paused} areas={Settings.AreaLocksEnabled} "
            + $"until={Settings.AreaLockUntil} ttl={Settings.LeaseTtlSeconds}",
        OperationKind.CreateTask =>
            $"{TaskId} in {Repo} area={Spec!.Area} points={Spec.EstimatePoints} after=[{string.Join(' ', Spec.DependsOn)}]",
        OperationKind.ImportBatch => $"[{string.Join(' ', Batch!.Tasks.Select(task => $"{task.TaskId}:{task.Repo}"))}]",
        OperationKind.RequestOffers => $"max={Max}",
        OperationKind.AcceptOffer or OperationKind.RejectOffer => $"{LeaseId}",
        OperationKind.Review => $"{TaskId} {Move}",
        OperationKind.Edit => $"{TaskId} {Patch}",
        OperationKind.Force => $"{TaskId} {Status}",
        OperationKind.Move => TaskId,
        OperationKind.SetTrust => $"{TaskId} {Trust}",
        OperationKind.Override => $"{TaskId} {Act}",
        OperationKind.PauseWorker => $"{TaskId} {Pause}",
        _ => "",
    }}{(HasForeignToken ? " FOREIGN TOKEN" : "")}";
}
