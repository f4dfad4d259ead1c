using System.Collections.Immutable;

namespace OwpPool.Core.Shared;

/// <summary>When the server could hear others. Silence counts only over that time (protocol rule 7): not while the server was down, its
/// machine suspended or its process stalled.</summary>
public sealed record Hearing
{
    /// <summary>How many deaf spells are remembered. Older ones count as heard.</summary>
    public const int MostSpells = 64;

    private ImmutableList<(DateTimeOffset From, DateTimeOffset To)> _spells = [];

    private Hearing(DateTimeOffset startedAt) => (StartedAt, HearsSince) = (startedAt, startedAt);

    /// <summary>Before it nothing was heard.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The end of the last deaf spell; the start if there was none.</summary>
    public DateTimeOffset HearsSince { get; private init; }

    /// <summary>A server that started at this instant.</summary>
    public static Hearing From(DateTimeOffset startedAt) => new(startedAt);

    /// <summary>Nothing was heard from one instant to the other. Spells come in order.</summary>
    public Hearing Missed(DateTimeOffset from, DateTimeOffset to)
    {
        if (from < HearsSince) from = HearsSince;
        if (to <= from) return this;
        var spells = _spells.Count < MostSpells ? _spells : _spells.RemoveAt(0);
        return this with { HearsSince = to, _spells = spells.Add((from, to)) };
    }

    /// <summary>When somebody who was last heard at an instant has been silent for so long, if nothing more is missed.</summary>
    public DateTimeOffset SilentAt(DateTimeOffset lastHeard, TimeSpan silence)
    {
        if (lastHeard < StartedAt) lastHeard = StartedAt;
        var missed = TimeSpan.Zero;
        foreach (var (from, to) in _spells)
            if (to > lastHeard) missed += to - (from > lastHeard ? from : lastHeard);
        return lastHeard + silence + missed;
    }
}
