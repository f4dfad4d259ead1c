namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>What a client asks for.</summary>
internal enum OperationKind
{
    Register,
    Heartbeat,
    Claim,
    KeyedClaim,
    GetWork,
    Describe,
    Report,
    StaleReport,
    ForgedReport,
    Release,
    Fail,
    Renew,
    CreateTask,
    UpsertRepo,
    PauseRepo,
    PauseWorker,
    Requeue,
    Cancel,
    State,
}

/// <summary>What the client knows of an operation's end.</summary>
internal enum OperationOutcome
{
    /// <summary>No answer, or one that says nothing of the effect: it may have happened or not.</summary>
    Unknown,

    /// <summary>Acknowledged: from here on it must be there.</summary>
    Ok,

    /// <summary>Answered that it was not done.</summary>
    Refused,
}

/// <summary>A lease that an answer says its worker holds.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="LeaseId">The lease.</param>
/// <param name="ExpiresAt">Its end, as told.</param>
/// <param name="Token">Its fencing token; null where the answer does not carry it.</param>
/// <param name="Phase">The task's phase; null where the answer does not carry it.</param>
internal sealed record ToldLease(string TaskId, string LeaseId, DateTimeOffset ExpiresAt, long? Token = null, string? Phase = null);

/// <summary>One request of a client, with all its repeats after lost answers, from the first send to the answer.</summary>
internal sealed record Operation(long Number, OperationKind Kind, string Actor)
{
    /// <summary>Travels with the request as title, message or reason, so that its effect in the log is known by it.</summary>
    public string Marker => $"op-{Number}";

    /// <summary>The task, worker or repo that it is about.</summary>
    public string? Target { get; init; }

    /// <summary>The lease that the report names; null = none.</summary>
    public string? LeaseId { get; init; }

    /// <summary>The fencing token that the report carries; null = none.</summary>
    public long? Token { get; init; }

    /// <summary>The phase that a report asks for, or the setting that an admin asks for.</summary>
    public string? Asked { get; init; }

    /// <summary>The Idempotency-Key; null = none.</summary>
    public string? Key { get; init; }

    /// <summary>Before the first send.</summary>
    public DateTimeOffset InvokedAt { get; set; }

    /// <summary>When the outcome was known to the client.</summary>
    public DateTimeOffset AnsweredAt { get; set; }

    /// <summary>How often it may have reached the server.</summary>
    public int Sends { get; set; }

    public OperationOutcome Outcome { get; set; }

    /// <summary>Status of the answer; 0 = none.</summary>
    public int Status { get; set; }

    /// <summary>The refusal's reason, or its code where it has none.</summary>
    public string? Reason { get; set; }

    /// <summary>The id or the phase that the answer gives.</summary>
    public string? Answer { get; set; }

    /// <summary>The leases that the answer lists.</summary>
    public IReadOnlyList<ToldLease> Leases { get; set; } = [];

    /// <summary>Whether the answer says that the request has brought new leases.</summary>
    public bool TookWork { get; set; }

    /// <summary>Whether the answer lists all leases of the worker, so that one that is left out is said to be gone.</summary>
    public bool ListsAllLeases =>
        Kind is OperationKind.Heartbeat or OperationKind.Claim or OperationKind.KeyedClaim or OperationKind.GetWork
            or OperationKind.Describe;

    /// <summary>Whether it may bring new leases.</summary>
    public bool AsksForWork => Kind is OperationKind.Claim or OperationKind.KeyedClaim or OperationKind.GetWork;

    /// <summary>Whether it comes with a token that is not its actor's.</summary>
    public bool IsForged => Kind is OperationKind.ForgedReport;

    /// <summary>Whether it says where a task stands.</summary>
    public bool IsReport => Kind is OperationKind.Report or OperationKind.StaleReport or OperationKind.ForgedReport;

    public override string ToString() =>
        $"{Marker} ({Kind} of {Target ?? "nothing"} by {Actor}, {Asked} token {Token?.ToString() ?? "none"}, {Sends} sends, "
        + $"answered {Status} {Reason}{Answer})";
}
