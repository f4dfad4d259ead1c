using OwpPool.Grains.Hosting;

namespace OwpPool.Simulation;

/// <summary>How the small world of a seed is made: tight numbers collide.</summary>
internal sealed record WorldPlan
{
    internal required IReadOnlyList<string> Repos { get; init; }

    internal required int Workers { get; init; }

    internal required int MostTasks { get; init; }

    internal required LeaseOptions Lease { get; init; }

    internal required OfferOptions Offer { get; init; }

    internal required WorkerOptions Worker { get; init; }

    internal required ReviewOptions Review { get; init; }

    /// <summary>Whether maintainers of this world switch area locks; where they do not, the strict form of I4 holds at every
    /// instant.</summary>
    internal required bool SwitchesAreaLocks { get; init; }

    internal static WorldPlan Draw(Dice dice)
    {
        var heartbeatTtl = dice.Between(10, 90);
        return new WorldPlan
        {
            Repos = dice.Chance(0.5) ? ["Acme/roof", "acme/Walls"] : ["Acme/roof", "acme/Walls", "solo"],
            Workers = dice.Between(3, 6),
            MostTasks = dice.Between(12, 40),
            Lease = new LeaseOptions
            {
                // Where leases outlive the patience with a silent worker, only its absence ends them in time.
                TtlSeconds = dice.Chance(0.8) ? dice.Between(5, 120) : dice.Between(600, 1_800),
                LifetimeSeconds = dice.Between(60, 2_400),
                MaxAttempts = dice.Between(2, 6),
            },
            Offer = new OfferOptions
            {
                TtlSeconds = dice.Between(5, 90),
                RejectionCooldownSeconds = dice.Between(0, 900),
                MaxRejections = dice.Between(1, 20),
            },
            Worker = new WorkerOptions
            {
                HeartbeatTtlSeconds = heartbeatTtl,
                OfflineGraceSeconds = dice.Chance(0.2) ? 0 : dice.Between(5, 120),
                SeenWriteIntervalSeconds = dice.Between(1, heartbeatTtl),
                EventsPerHour = dice.Chance(0.2) ? dice.Between(1_000, 10_000) : 0,
            },
            Review = new ReviewOptions
            {
                MaxUnconfirmed = dice.Chance(0.3) ? 0 : dice.Between(1, 3),
                UnconfirmedSeconds = dice.Chance(0.3) ? 0 : dice.Between(60, 1_800),
            },
            SwitchesAreaLocks = dice.Chance(0.4),
        };
    }
}
