using System.Text.Json;
using OwpPool.Server.Audit;
using OwpPool.Storage.EventLog;

namespace OwpPool.Server.Events;

/// <summary>One change, as it was recorded with it: the data of an event of the stream.</summary>
public sealed record EventMessage
{
    /// <summary>Its number in the log: grows, is never used twice, may have gaps.</summary>
    public required long Seq { get; init; }

    /// <summary>The id of the event in the stream: where to resume after it. Says also of which history the number is.</summary>
    public required string ResumeId { get; init; }

    /// <summary>Its number as an id.</summary>
    public required string Id { get; init; }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What happened: a noun and a verb in the past tense, such as task.leased. The type of the event in the stream.</summary>
    public required string EventType { get; init; }

    /// <summary>Who caused it: a worker's id, admin, or system.</summary>
    public required string Actor { get; init; }

    /// <summary>The id of the task or worker, or the key of the repo, that changed.</summary>
    public required string Target { get; init; }

    /// <summary>The key of the repo that it belongs to, in lower case; null = none.</summary>
    public required string? Repo { get; init; }

    /// <summary>What changed, by field.</summary>
    public required JsonElement Details { get; init; }

    internal static EventMessage From(PoolEvent item) => new()
    {
        Seq = item.Seq,
        ResumeId = new ResumePoint(item.Seq, item.Mark).ToString(),
        Id = AuditEventWire.IdOf(item.Seq),
        Timestamp = item.At,
        EventType = item.Type,
        Actor = item.Actor,
        Target = item.Target,
        Repo = item.Repo,
        Details = AuditEventWire.DetailsOf(item.Details),
    };
}

/// <summary>The data of a <c>reset</c>: the client's id means nothing here, and what it knows may be out of date.</summary>
public sealed record ResetMessage
{
    /// <summary>removed = events after the id are no longer kept; unknown = the log never had the id: the database is another, or an older
    /// backup of it.</summary>
    public required string Reason { get; init; }

    /// <summary>The number in the id that the client came with.</summary>
    public required long LastEventId { get; init; }

    /// <summary>The oldest event kept; the stream goes on with it.</summary>
    public required long OldestSeq { get; init; }

    /// <summary>The newest event.</summary>
    public required long LatestSeq { get; init; }
}
