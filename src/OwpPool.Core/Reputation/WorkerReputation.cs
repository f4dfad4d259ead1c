using Orleans;

namespace OwpPool.Core.Reputation;

/// <summary>What is known of a worker's work (protocol rule 11): counters over the outcomes of the event log, in its order.</summary>
[GenerateSerializer, Immutable, Alias("owp.worker-reputation")]
public sealed record WorkerReputation
{
    /// <summary>The score of a worker of whom nothing is known.</summary>
    public const double Unknown = 50;

    /// <summary>So many leases failed or lost in a row cost a worker a tier of trust.</summary>
    public const int LostLeasesToDemotion = 3;

    /// <summary>After so many leases failed or lost in a row the pool pauses their worker (rule 8).</summary>
    public const int LostLeasesToPause = 5;

    /// <summary>Leases that have turned out one way or another; a pull request under review has not.</summary>
    [Id(0)] public int Finished { get; init; }

    /// <summary>Of those, confirmed merges.</summary>
    [Id(1)] public int Merged { get; init; }

    /// <summary>Of those, delivered before the lease's first end.</summary>
    [Id(2)] public int OnTime { get; init; }

    /// <summary>How many were rated.</summary>
    [Id(3)] public int Ratings { get; init; }

    /// <summary>Sum of the ratings, each 1..5.</summary>
    [Id(4)] public int RatingSum { get; init; }

    /// <summary>Leases failed or lost since the last delivery, or since the last demotion.</summary>
    [Id(5)] public int LostInARow { get; init; }

    /// <summary>The last event that is counted.</summary>
    [Id(6)] public long LastSeq { get; init; }

    /// <summary>Leases failed or lost since the last delivery, or since the pool last paused the worker.</summary>
    [Id(7)] public int LostToPause { get; init; }

    /// <summary>How often the pool has paused the worker since the last delivery.</summary>
    [Id(8)] public int PausesInARow { get; init; }

    /// <summary>Leases failed or lost since the last delivery.</summary>
    public int FailuresInARow => (PausesInARow * LostLeasesToPause) + LostToPause;

    /// <summary>0..1; null without history.</summary>
    public double? CompletionRate => Finished == 0 ? null : (double)Merged / Finished;

    /// <summary>0..1; null without history.</summary>
    public double? OnTimeDelivery => Finished == 0 ? null : (double)OnTime / Finished;

    /// <summary>1..5; null if nobody has rated anything.</summary>
    public double? AverageQuality => Ratings == 0 ? null : (double)RatingSum / Ratings;

    /// <summary>0..100: three quarters completion, one quarter punctuality.</summary>
    public double Score => Finished == 0 ? Unknown : 100 * ((0.75 * CompletionRate!.Value) + (0.25 * OnTimeDelivery!.Value));

    /// <summary>This reputation with one more outcome; the same one if it is counted already, or tells nothing new.</summary>
    public WorkerReputation With(WorkOutcome outcome)
    {
        if (outcome.Seq <= LastSeq) return this;
        return outcome.UndoesRejection ? WithoutRejection(outcome.OnTime).Counting(outcome) with { LastSeq = outcome.Seq } : Counting(outcome);
    }

    private WorkerReputation WithoutRejection(bool wasOnTime) => this with
    {
        Finished = Math.Max(0, Finished - 1),
        OnTime = Math.Max(0, OnTime - (wasOnTime ? 1 : 0)),
    };

    private WorkerReputation Counting(WorkOutcome outcome)
    {
        if (outcome.Kind is OutcomeKind.Delivered)
        {
            return LostInARow == 0 && LostToPause == 0 && PausesInARow == 0
                ? this
                : this with { LostInARow = 0, LostToPause = 0, PausesInARow = 0, LastSeq = outcome.Seq };
        }
        var lost = outcome.Kind is OutcomeKind.Lost or OutcomeKind.Failed ? 1 : 0;
        return this with
        {
            Finished = Finished + 1,
            Merged = Merged + (outcome.Kind is OutcomeKind.Merged ? 1 : 0),
            OnTime = OnTime + (outcome.OnTime ? 1 : 0),
            Ratings = Ratings + (outcome.Rating is null ? 0 : 1),
            RatingSum = RatingSum + (outcome.Rating ?? 0),
            LostInARow = LostInARow + lost,
            LostToPause = LostToPause + lost,
            LastSeq = outcome.Seq,
        };
    }
}
