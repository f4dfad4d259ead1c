using OwpPool.Core.Shared;

namespace OwpPool.Storage.EventLog;

/// <summary>Which events somebody wants. All conditions that are set must hold.</summary>
public sealed record EventFilter
{
    /// <summary>Types, or the first words of types: <c>task</c> takes every event of tasks, <c>task.merged</c> that one. Empty = all.
    /// </summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>The repo, written in any way that means it; null = any, and events of no repo.</summary>
    public string? Repo
    {
        get;
        init => field = value is null ? null : Names.CanonicalRepo(value);
    }

    /// <summary>The id of the task or worker, or the key of the repo, that changed; null = any.</summary>
    public string? Target { get; init; }

    /// <summary>Whether the event is wanted.</summary>
    public bool Takes(PoolEvent item)
        => (Topics.Count == 0 || Topics.Any(topic => IsOf(item.Type, topic)))
            && (Repo is null || item.Repo == Repo)
            && (Target is null || item.Target == Target);

    private static bool IsOf(string type, string topic)
        => type.StartsWith(topic, StringComparison.Ordinal) && (type.Length == topic.Length || type[topic.Length] == '.');
}
