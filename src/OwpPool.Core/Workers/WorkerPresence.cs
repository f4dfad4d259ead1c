using OwpPool.Core.Matching;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Workers;

/// <summary>How a worker looks to whoever reads its row and does not ask its grain.</summary>
public static class WorkerPresence
{
    /// <summary>The status that its grain would give.</summary>
    /// <remarks>The row's last sign of life may be a write interval older than the one that the grain knows, and a grain that lives stores
    /// "offline" itself when the time is over. So only a row that is older than both together is one that no grain has looked at since, for
    /// example while the server was down: then the worker is offline, and its grain will say so when it wakes.</remarks>
    public static WorkerStatus StatusOf(WorkerState worker, LivenessRules rules, Hearing hearing, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(hearing);
        var isSilent = now >= hearing.SilentAt(worker.LastSeenAt, rules.HeartbeatTtl + rules.SeenWriteInterval);
        return worker.Revoked || isSilent ? WorkerStatus.Offline : worker.Status;
    }

    /// <summary>What the worker could take if it held nothing; null if it takes no work now.</summary>
    public static OnlineWorker? AsOnline(WorkerState worker, LivenessRules rules, Hearing hearing, DateTimeOffset now)
    {
        if (!worker.MayWork(now) || StatusOf(worker, rules, hearing, now) is not (WorkerStatus.Idle or WorkerStatus.Working)) return null;
        return new OnlineWorker(WorkerCapability.Of(worker, now), WorkerLifecycle.RejectedTasks(worker, now));
    }
}
