using System.Collections.Immutable;
using Orleans;

namespace OwpPool.Core.Shared;

/// <summary>One change, as the audit log keeps it (protocol rule 12). It is stored inside the state that it describes, so that the
/// database can append it to <c>pool_events</c> in the same transaction; no change can be stored without one.</summary>
[GenerateSerializer, Immutable, Alias("owp.audit-event")]
public sealed record AuditEvent
{
    /// <summary>When the change was decided, UTC.</summary>
    [Id(0)] public DateTimeOffset At { get; init; }

    /// <summary><c>noun.past_tense</c>, for example <c>task.leased</c>.</summary>
    [Id(1)] public string Type { get; init; } = "";

    /// <summary>Who caused it: a worker id, <c>admin</c>, <c>github</c>, or <c>system</c> for clocks and reconciliation.</summary>
    [Id(2)] public string Actor { get; init; } = "";

    /// <summary>The id of what changed: a task, worker or repo.</summary>
    [Id(3)] public string Target { get; init; } = "";

    /// <summary>The canonical repo key, where the change belongs to a repo.</summary>
    [Id(4)] public string? Repo { get; init; }

    /// <summary>Field to value, or to <c>before → after</c> pairs under <c>from</c> and <c>to</c> keys; text only.</summary>
    [Id(5)] public ImmutableSortedDictionary<string, string?> Details { get; init; } = ImmutableSortedDictionary<string, string?>.Empty;
}

/// <summary>The actors that are not workers.</summary>
public static class Actors
{
    /// <summary>Whoever holds the admin token.</summary>
    public const string Admin = "admin";

    /// <summary>The pool itself: clocks, reminders and reconciliation.</summary>
    public const string System = "system";

    /// <summary>GitHub, by a webhook whose signature was right or by its API.</summary>
    public const string Github = "github";

    /// <summary>Whether the actor is a maintainer.</summary>
    public static bool IsAdmin(string actor) => actor == Admin;
}
