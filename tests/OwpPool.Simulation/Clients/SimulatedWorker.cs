using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>A worker as it knows itself: what it was told, which may be long out of date.</summary>
internal sealed class SimulatedWorker(string id, WorkerProfile profile)
{
    private readonly Dictionary<string, LeaseView> _believed = new(StringComparer.Ordinal);

    internal string Id => id;

    internal WorkerProfile Profile => profile;

    /// <summary>The token that it uses.</summary>
    internal string TokenHash { get; set; } = $"{id}-token";

    /// <summary>The token that a rotation without an answer may have brought.</summary>
    internal string? OtherTokenHash { get; set; }

    internal bool IsRegistered { get; set; }

    internal bool IsRevoked { get; set; }

    /// <summary>It does nothing until then: stopped, asleep, cut off.</summary>
    internal TimeSpan SilentUntil { get; set; }

    /// <summary>When it last sent anything.</summary>
    internal TimeSpan LastSent { get; set; }

    /// <summary>Requests under way.</summary>
    internal int Busy { get; set; }

    /// <summary>The leases that it believes to hold.</summary>
    internal IReadOnlyCollection<LeaseView> Believed => _believed.Values;

    /// <summary>All leases it ever had, for use when they are stale.</summary>
    internal List<LeaseView> Past { get; } = [];

    /// <summary>Leases whose pull request it has opened.</summary>
    internal List<LeaseView> UnderReview { get; } = [];

    internal void Learn(IReadOnlyList<LeaseView> leases)
    {
        _believed.Clear();
        foreach (var lease in leases)
        {
            _believed[lease.TaskId] = lease;
            if (Past.Count == 0 || !Past.Any(past => past.LeaseId == lease.LeaseId)) Past.Add(lease);
        }
    }

    /// <summary>The offers that it believes open.</summary>
    internal List<LeaseView> Offers { get; } = [];

    /// <summary>All offers it ever had.</summary>
    internal List<LeaseView> PastOffers { get; } = [];

    internal void LearnOffers(IReadOnlyList<LeaseView> offers)
    {
        Offers.Clear();
        Offers.AddRange(offers);
        PastOffers.AddRange(offers.Where(offer => PastOffers.All(past => past.LeaseId != offer.LeaseId)));
    }

    internal void Took(LeaseView lease)
    {
        Offers.RemoveAll(offer => offer.TaskId == lease.TaskId);
        _believed[lease.TaskId] = lease;
        if (!Past.Any(past => past.LeaseId == lease.LeaseId)) Past.Add(lease);
    }

    internal void Drop(string taskId) => _believed.Remove(taskId);

    internal void Moved(string taskId, TaskPhase phase)
    {
        var known = _believed.GetValueOrDefault(taskId) ?? UnderReview.Find(lease => lease.TaskId == taskId);
        UnderReview.RemoveAll(lease => lease.TaskId == taskId);
        _believed.Remove(taskId);
        if (known is null) return;
        if (phase.IsLeased()) _believed[taskId] = known with { Phase = phase };
        else if (phase is TaskPhase.PrOpened) UnderReview.Add(known);
    }
}
