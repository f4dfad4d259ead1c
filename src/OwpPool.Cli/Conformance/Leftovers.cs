using System.Collections.Concurrent;

namespace OwpPool.Cli.Conformance;

/// <summary>What a run made and could not put away, for the report.</summary>
internal sealed class Leftovers
{
    private readonly ConcurrentDictionary<string, string> _things = new(StringComparer.Ordinal);

    public IReadOnlyList<string> All =>
        [.. _things.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}")];

    public void Add(string id, string why) => _things[id] = why;

    public void Remove(string id) => _things.TryRemove(id, out _);
}
