namespace OwpPool.Storage.ReadModel;

/// <summary>What matching needs to know of a ready task. A struct: a million of them are read at a start.</summary>
/// <param name="ReadyAt">Since when it waits: its age counts for its rank.</param>
/// <param name="EligibleAt">Not to be given out before this instant, after a requeue that backs off.</param>
/// <param name="NotBefore">Not to be given out before this instant, as its maker asked.</param>
/// <param name="RequiredSkills">As stored. Tasks that ask for the same share one list.</param>
/// <param name="AreaKey">The area in its canonical form, or null if it has none.</param>
/// <param name="DependsOn">Ids of the tasks that must be merged first.</param>
/// <param name="Token">The fencing token of its last lease.</param>
/// <param name="Version">The task's version, which every change of it raises.</param>
/// <param name="History">Its past leases as stored, in UTF-8 JSON; empty where it has none.</param>
public readonly record struct BacklogRow(
    string TaskId,
    int Priority,
    DateTimeOffset ReadyAt,
    DateTimeOffset? EligibleAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? NotBefore,
    IReadOnlyList<string> RequiredSkills,
    int Points,
    int Tier,
    string? AreaKey,
    string? Area,
    IReadOnlyList<string> DependsOn,
    long Token,
    long Version,
    byte[] History);
