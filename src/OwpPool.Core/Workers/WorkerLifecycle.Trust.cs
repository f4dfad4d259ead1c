using System.Collections.Immutable;
using System.Globalization;
using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Workers;

/// <summary>How far a worker is trusted, and why (protocol rule 11).</summary>
public static partial class WorkerLifecycle
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(1);

    /// <summary>Counts outcomes of the worker's leases, in order; what is counted already is passed over. Too many leases failed or lost in
    /// a row cost a tier of trust, and more of them a pause (rule 8).</summary>
    public static Decision<WorkerState> Learn(WorkerState state, IReadOnlyList<WorkOutcome> outcomes, DateTimeOffset now)
    {
        if (!state.Exists) return Decision<WorkerState>.Unchanged();
        var (reputation, tier, pausedUntil) = (state.Reputation, state.TrustTier, state.PausedUntil);
        foreach (var outcome in outcomes)
        {
            reputation = reputation.With(outcome);
            if (reputation.LostToPause >= WorkerReputation.LostLeasesToPause)
            {
                pausedUntil = now + PauseAfter(reputation.PausesInARow);
                reputation = reputation with { LostToPause = 0, PausesInARow = reputation.PausesInARow + 1 };
            }
            if (reputation.LostInARow < WorkerReputation.LostLeasesToDemotion) continue;
            reputation = reputation with { LostInARow = 0 };
            if (tier > TrustTier.Untrusted) tier--;
        }
        if (reputation == state.Reputation) return Decision<WorkerState>.Unchanged();
        var next = state with { Reputation = reputation, TrustTier = tier, PausedUntil = pausedUntil };
        var events = new List<AuditEvent> { Learnt(state, next, now) };
        if (tier != state.TrustTier)
        {
            events.Add(Audit(next, now, "worker.demoted", Actors.System, ("trust_tier_before", Word(state.TrustTier)),
                ("trust_tier", Word(tier)), ("reason", $"{WorkerReputation.LostLeasesToDemotion} leases in a row were failed or lost.")));
        }
        if (pausedUntil is { } until && until != state.PausedUntil)
        {
            events.Add(Audit(next, now, "worker.paused_by_failures", Actors.System, ("until", Instants.Text(until)),
                ("reason", $"{WorkerReputation.LostLeasesToPause} leases in a row were failed or lost.")));
        }
        return Decision<WorkerState>.Change(next with { Events = events });
    }

    /// <summary>10 minutes, twice as long each time, a day at most.</summary>
    private static TimeSpan PauseAfter(int pauses) =>
        pauses < 8 && ShortestPause * (1 << pauses) is var pause && pause < LongestPause ? pause : LongestPause;

    private static AuditEvent Learnt(WorkerState state, WorkerState next, DateTimeOffset now)
    {
        var reputation = next.Reputation;
        return Audit(next, now, "worker.reputation_changed", Actors.System,
            ("score_before", Score(state.Reputation)), ("score", Score(reputation)),
            ("finished", Number(reputation.Finished)), ("merged", Number(reputation.Merged)),
            ("lost_in_a_row", Number(reputation.LostInARow)));
    }

    /// <summary>A maintainer says how far the worker is trusted; leases lost before do not count against it any more.</summary>
    public static Decision<WorkerState> SetTrust(WorkerState state, TrustTier tier, string actor, string? reason, DateTimeOffset now)
    {
        if (!state.Exists) return Decision<WorkerState>.Refuse(Refusal.NotFound("worker"));
        if (state.TrustTier == tier) return Decision<WorkerState>.Unchanged();
        var next = state with { TrustTier = tier, Reputation = state.Reputation with { LostInARow = 0 } };
        return Change(next, now, "worker.trust_changed", actor, ("trust_tier_before", Word(state.TrustTier)), ("trust_tier", Word(tier)),
            ("reason", reason));
    }

    private static string Score(WorkerReputation reputation) => reputation.Score.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
