using FsCheck;
using FsCheck.Fluent;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>What a step of a random walk does.</summary>
internal enum Move
{
    Create,
    Grant,
    Offer,
    AcceptOffer,
    RejectOffer,
    Settle,
    Renew,
    Expire,
    GiveBack,
    TakeBack,
    Report,
    Requeue,
    Cancel,
    Review,
}

/// <summary>One step, said relative to the task as it then is, so that walks come far: a token of "latest + 1" and not of 4711.</summary>
/// <param name="Move">Which command.</param>
/// <param name="Worker">The holder (0) or one of two fixed workers.</param>
/// <param name="TokenStep">Added to the task's token; the lease id follows it.</param>
/// <param name="NamesLease">Whether lease id and token are said where they may be left out.</param>
/// <param name="Choice">Which outcome, status, message or length.</param>
/// <param name="WaitSeconds">How much time passes first.</param>
internal sealed record Step(Move Move, int Worker, int TokenStep, bool NamesLease, int Choice, int WaitSeconds)
{
    public const int Ttl = 60;
    private static readonly TaskPhase[] Reported = [TaskPhase.InProgress, TaskPhase.Blocked, TaskPhase.PrOpened, TaskPhase.Merged];

    /// <summary>Mostly sensible steps, some foolish ones.</summary>
    public static Gen<Step> Any { get; } =
        from move in Gen.Frequency((1, Gen.Constant(Move.Create)), (8, Gen.Constant(Move.Grant)), (4, Gen.Constant(Move.Offer)),
            (3, Gen.Constant(Move.AcceptOffer)), (1, Gen.Constant(Move.RejectOffer)), (2, Gen.Constant(Move.Settle)),
            (2, Gen.Constant(Move.Renew)), (4, Gen.Constant(Move.Expire)), (3, Gen.Constant(Move.GiveBack)),
            (2, Gen.Constant(Move.TakeBack)), (14, Gen.Constant(Move.Report)), (10, Gen.Constant(Move.Review)), (1, Gen.Constant(Move.Requeue)),
            (1, Gen.Elements(Move.Cancel, Move.Report)))
        from worker in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Choose(1, 2)))
        from tokenStep in Gen.Frequency((5, Gen.Constant(0)), (1, Gen.Choose(-2, 2)))
        from namesLease in Gen.Elements(true, false)
        from choice in Gen.Choose(0, 99)
        from wait in Gen.Frequency((6, Gen.Choose(0, 10)), (1, Gen.Constant(Ttl)), (1, Gen.Choose(Ttl - 1, 1_000)))
        select new Step(move, worker, tokenStep, namesLease, choice, wait);

    /// <summary>The command that this step is for a task.</summary>
    public TaskCommand CommandFor(TaskState state, DateTimeOffset now)
    {
        var worker = Worker == 0 ? state.WorkerId ?? "w_1" : $"w_{Worker}";
        var token = state.Token + TokenStep;
        var (leaseId, said) = ($"l_{token}", NamesLease ? token : (long?)null);
        return Move switch
        {
            Move.Create => Given.Create(),
            Move.Grant => new TaskCommand.Grant(worker, $"l_{token + 1}", token + 1, Ttl),
            Move.Offer => new TaskCommand.Offer(worker, $"o_{token + 1}", token + 1, Ttl),
            Move.AcceptOffer => new TaskCommand.AcceptOffer(worker, $"o_{token}", Ttl),
            Move.RejectOffer => new TaskCommand.RejectOffer(worker, $"o_{token}", (OfferRejection)(Choice % 4), Choice % 2 == 0 ? "words" : null),
            Move.Settle => new TaskCommand.Settle($"l_{token + Choice % 2}", token + Choice % 2),
            Move.Renew => new TaskCommand.Renew(leaseId, now.AddSeconds(Choice * 2)),
            Move.Expire => new TaskCommand.Expire(state.Phase is TaskPhase.Offered ? $"o_{token}" : leaseId, 1 + Choice % 4),
            Move.Requeue => new TaskCommand.Requeue(Actors.Admin, "why"),
            Move.Cancel => new TaskCommand.Cancel(Actors.Admin, "why"),
            Move.Report => new TaskCommand.Report(worker, Status, NamesLease ? leaseId : null, said, Choice % 5 == 0 ? $"words {Choice % 3}" : null,
                Choice % 7 == 0 ? new Artifact { CommitSha = $"{Choice}" } : new Artifact(), Choice % 3 != 1, Ttl),
            Move.Review => new TaskCommand.Review(Actors.Github, (ReviewMove)(Choice % 6), Choice % 3 == 0 ? null : worker,
                Choice % 2 == 0 ? new Artifact { PrUrl = $"https://github.com/a/b/pull/{1 + Choice / 10 % 2}" } : new Artifact(), "why", Ttl,
                NamesLease, IsFormer: Choice / 12 % 3 == 0, MustWait: Choice / 6 % 3 == 0),
            _ => new TaskCommand.GiveBack(worker, NamesLease ? state.Phase is TaskPhase.Offered ? $"o_{token}" : leaseId : null, said, (AttemptOutcome)(Choice % 4), "why", 1 + Choice % 5,
                TimeSpan.FromSeconds(Choice % 3), Move is Move.TakeBack ? Actors.System : worker),
        };
    }

    private TaskPhase Status => Choice < 90 ? Reported[Choice % 4] : (TaskPhase)(Choice % 9);
}

/// <summary>One command of a walk, with what was before and what came of it.</summary>
internal sealed record Footprint(TaskState Before, TaskCommand Command, DateTimeOffset Now, Decision<TaskState> Decision)
{
    public TaskState After => Decision.Next ?? Before;

    /// <summary>Plays steps on a new task.</summary>
    public static IReadOnlyList<Footprint> Of(IEnumerable<Step> steps)
    {
        var (state, now) = (Given.Ready(), Given.Start);
        var walk = new List<Footprint>();
        foreach (var step in steps)
        {
            now = now.AddSeconds(step.WaitSeconds);
            var command = step.CommandFor(state, now);
            walk.Add(new Footprint(state, command, now, TaskLifecycle.Decide(state, command, now)));
            state = walk[^1].After;
        }
        return walk;
    }
}
