using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Workers;

/// <summary>What the worker's grain says, in wire form.</summary>
internal static class WorkerMapping
{
    /// <summary>Go on.</summary>
    public const string Run = "run";

    /// <summary>Ask for nothing new.</summary>
    public const string Quiet = "quiet";

    public static HeartbeatResponse ToWire(this HeartbeatReply reply) => new()
    {
        ServerTime = reply.ServerTime,
        Status = EnumWords<WorkerStatus>.Of(reply.Status),
        Leases = [.. reply.Leases.Select(lease => new HeldLeaseWire
        {
            LeaseId = lease.LeaseId,
            TaskId = lease.TaskId,
            LeaseExpiresAt = lease.ExpiresAt,
            RemainingSeconds = (long)Math.Max(0, (lease.ExpiresAt - reply.ServerTime).TotalSeconds),
        })],
        Lost = [.. reply.Lost.Select(static lost => new LostTaskWire { TaskId = lost.TaskId, Reason = lost.Reason })],
        Cancel = reply.Cancel,
        DesiredState = reply.Pause is null ? Run : Quiet,
        Paused = reply.Pause.ToWire(),
    };

    public static WorkPauseWire? ToWire(this WorkPause? pause) => pause is null
        ? null
        : new WorkPauseWire { Reason = pause.Reason, Message = pause.Message, Until = pause.Until };

    public static WorkerSelfResponse ToWire(WorkerDescription description) => new()
    {
        WorkerId = description.Worker.WorkerId,
        Name = description.Worker.Name,
        GithubHandle = description.Worker.GithubHandle,
        Skills = description.Worker.Skills,
        CapacityPoints = description.Worker.CapacityPoints,
        MaxConcurrentTasks = description.Worker.MaxConcurrentTasks,
        Status = EnumWords<WorkerStatus>.Of(description.Worker.Status),
        PausedByAdmin = description.Worker.PausedByAdmin,
        TrustTier = EnumWords<TrustTier>.Of(description.Worker.TrustTier),
        ReputationScore = Math.Round(description.Worker.Reputation.Score, 1),
        RegisteredAt = description.Worker.RegisteredAt,
        Load = new LoadWire
        {
            Points = description.Leases.Concat(description.Offers).Sum(static held => held.EstimatePoints),
            Tasks = description.Leases.Count + description.Offers.Count,
        },
        Leases = [.. description.Leases.Select(ToWire)],
        Offers = [.. description.Offers.Select(ToOffer)],
    };

    public static OfferWire ToOffer(LeaseView offer) => new()
    {
        OfferId = offer.LeaseId,
        TaskId = offer.TaskId,
        Repo = offer.Repo,
        Title = offer.Title,
        Description = offer.Description,
        EstimatePoints = offer.EstimatePoints,
        RequiredSkills = offer.RequiredSkills,
        Area = offer.Area,
        ExpiresAt = offer.ExpiresAt,
    };

    public static LeaseViewWire ToWire(this LeaseView lease) => new()
    {
        TaskId = lease.TaskId,
        Repo = lease.Repo,
        Title = lease.Title,
        Description = lease.Description,
        EstimatePoints = lease.EstimatePoints,
        Priority = lease.Priority,
        Area = lease.Area,
        Tier = lease.Tier,
        RequiredSkills = lease.RequiredSkills,
        LeaseExpiresAt = lease.ExpiresAt,
        LeaseId = lease.LeaseId,
        FencingToken = lease.FencingToken,
        Attempt = lease.Attempt,
        Status = lease.Phase.Wire(),
        LeaseTtlSeconds = lease.TtlSeconds,
    };
}
