using System.Text.Json;

namespace OwpPool.Client;

/// <summary>One change in the pool.</summary>
/// <param name="Seq">Grows, is never used twice, may have gaps.</param>
/// <param name="Timestamp">When it was decided.</param>
/// <param name="EventType">A noun and a verb in the past tense, such as <c>task.leased</c>.</param>
/// <param name="Actor">A worker's id, <c>admin:NAME</c> or <c>system</c>.</param>
/// <param name="Target">The task, worker or repo that changed.</param>
/// <param name="Repo">The key of the repo that it belongs to; null = none.</param>
/// <param name="Details">What changed, by field.</param>
public sealed record PoolEvent(
    long Seq, DateTimeOffset Timestamp, string EventType, string Actor, string Target, string? Repo, JsonElement Details)
{
    /// <summary>Where to resume after it, to be sent back as it came; null = the event did not come from a stream.</summary>
    public string? ResumeId { get; init; }
}

/// <summary>Which events to follow, and from where.</summary>
public sealed record EventQuery
{
    /// <summary>Types, or their first words: <c>task</c>, <c>task.merged</c>, <c>worker</c>, <c>repo</c>. Empty = all.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Only events of this repo.</summary>
    public string? Repo { get; init; }

    /// <summary>Only events about this task, worker or repo.</summary>
    public string? Target { get; init; }

    /// <summary>The <see cref="PoolEvent.ResumeId"/> of the last event already seen, or its number; <c>0</c> = everything that is kept;
    /// null = only what happens from now on. With the number alone the pool cannot tell whether its database was replaced meanwhile.</summary>
    public string? After { get; init; }

    /// <summary>Told when the pool no longer keeps what came after the last event seen, or when its database is another one or an older backup. What was
    /// known of the pool may be out of date; the stream goes on with the oldest event kept.</summary>
    public Action<StreamReset>? OnReset { get; init; }

    internal string ToPath()
    {
        var parameters = new List<string>();
        if (Topics.Count > 0) parameters.Add($"topics={Uri.EscapeDataString(string.Join(',', Topics))}");
        if (Repo is not null) parameters.Add($"repo={Uri.EscapeDataString(Repo)}");
        if (Target is not null) parameters.Add($"target={Uri.EscapeDataString(Target)}");
        return parameters.Count == 0 ? "v1/events" : $"v1/events?{string.Join('&', parameters)}";
    }
}

/// <summary>The place where a stream was to be resumed means nothing to the pool.</summary>
/// <param name="Reason"><c>removed</c> = what came after it is no longer kept; <c>unknown</c> = there never was such an id.</param>
/// <param name="LastEventId">The place.</param>
/// <param name="OldestSeq">The oldest that is kept; the stream goes on with it.</param>
/// <param name="LatestSeq">The newest.</param>
public sealed record StreamReset(string Reason, long LastEventId, long OldestSeq, long LatestSeq);
