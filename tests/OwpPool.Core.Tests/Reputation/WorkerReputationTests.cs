using FsCheck;
using FsCheck.Fluent;
using OwpPool.Core.Reputation;
using OwpPool.Core.Tasks;
using OwpPool.Core.Tests.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Reputation;

public sealed class WorkerReputationTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(OutcomeKind Kind, bool OnTime, int Rating)> AnyOutcome =
        from kind in Gen.Elements(Enum.GetValues<OutcomeKind>())
        from onTime in Gen.Elements(true, false)
        from rating in Gen.Choose(0, 5)
        select (kind, onTime, rating);

    [Fact]
    public void Score_NoHistory_IsFifty()
    {
        var reputation = new WorkerReputation();

        Assert.Equal((50.0, null, null, null),
            (reputation.Score, reputation.CompletionRate, reputation.OnTimeDelivery, reputation.AverageQuality));
    }

    [Theory]
    [InlineData("merged! merged! merged! merged!", 100)]
    [InlineData("merged merged", 75)]
    [InlineData("merged! lost", 50)]
    [InlineData("rejected!", 25)]
    [InlineData("failed lost", 0)]
    [InlineData("delivered delivered", 50)]
    [InlineData("delivered merged! delivered", 100)]
    public void Score_OfOutcomes_IsThatOfRule11(string outcomes, double expected) => Assert.Equal(expected, After(outcomes).Score);

    [Theory]
    [InlineData(OutcomeKind.Merged, 100)]
    [InlineData(OutcomeKind.Delivered, 50)]
    public void With_RejectionUndone_CountsTheWorkOnce(OutcomeKind kind, double expected)
    {
        var rejected = new WorkerReputation().With(Outcome(1, OutcomeKind.Rejected) with { OnTime = true });

        var known = rejected.With(Outcome(2, kind) with { OnTime = true, UndoesRejection = true });

        Assert.Equal((kind is OutcomeKind.Merged ? 1 : 0, expected), (known.Finished, known.Score));
        Assert.Equal(known, known.With(Outcome(2, kind) with { OnTime = true, UndoesRejection = true }));
    }

    [Fact]
    public void AverageQuality_SomeRated_IsTheMeanOfThose()
    {
        var reputation = new WorkerReputation().With(Outcome(1, OutcomeKind.Merged) with { Rating = 5 })
            .With(Outcome(2, OutcomeKind.Merged)).With(Outcome(3, OutcomeKind.Merged) with { Rating = 2 });

        Assert.Equal(3.5, reputation.AverageQuality);
    }

    [Fact]
    public void With_AnyOutcomesToldTwice_CountsEachOnceAndStaysInItsBounds() => Law.HoldsForSequences(AnyOutcome, drawn =>
    {
        var outcomes = drawn.Select((item, index) => Outcome(index + 1, item.Kind) with
        {
            OnTime = item.OnTime,
            Rating = item.Rating == 0 ? null : item.Rating,
        }).ToList();
        var once = outcomes.Aggregate(new WorkerReputation(), (known, outcome) => known.With(outcome));
        // A crash between telling and noting makes the teller begin again, somewhere before.
        var repeated = outcomes.Concat(outcomes).Aggregate(once, (known, outcome) => known.With(outcome));

        Assert.Equal(once with { LastSeq = 0 }, repeated with { LastSeq = 0 });
        var judged = outcomes.Where(outcome => outcome.Kind is not OutcomeKind.Delivered).ToList();
        Assert.Equal((judged.Count, judged.Count(outcome => outcome.Kind is OutcomeKind.Merged)), (once.Finished, once.Merged));
        Assert.InRange(once.Score, 0, 100);
        if (once.AverageQuality is { } quality) Assert.InRange(quality, 1, 5);
        Assert.True(once.LostInARow <= judged.Count(outcome => outcome.Kind is OutcomeKind.Lost or OutcomeKind.Failed));
    });

    [Theory]
    [InlineData("lost lost", TrustTier.Basic)]
    [InlineData("lost lost lost", TrustTier.Untrusted)]
    [InlineData("lost lost delivered lost", TrustTier.Basic)]
    [InlineData("lost lost failed lost", TrustTier.Untrusted)]
    [InlineData("lost lost lost lost lost lost", TrustTier.Untrusted)]
    public void Learn_LostInARow_CostsATierAtTheThird(string outcomes, TrustTier expected) =>
        Assert.Equal(expected, Learn(Worker(), outcomes).TrustTier);

    [Fact]
    public void Learn_SixLostByATrustedWorker_CostsTwoTiers()
    {
        var worker = Learn(Worker() with { TrustTier = TrustTier.Trusted }, "lost lost lost lost lost lost");

        Assert.Equal((TrustTier.Untrusted, 0), (worker.TrustTier, worker.Reputation.LostInARow));
        Assert.Equal(["worker.reputation_changed", "worker.demoted", "worker.paused_by_failures"], worker.Events.Select(audit => audit.Type));
        var demoted = worker.Events[1];
        Assert.Equal(("trusted", "untrusted"), (demoted.Details["trust_tier_before"], demoted.Details["trust_tier"]));
    }

    [Theory]
    [InlineData("lost failed lost failed", 0)]
    [InlineData("lost failed lost failed lost", 10)]
    [InlineData("failed failed failed failed failed failed failed failed failed failed", 20)]
    [InlineData("failed failed failed failed delivered failed failed failed failed", 0)]
    [InlineData("failed failed failed failed failed delivered failed failed failed failed failed", 10)]
    public void Learn_FiveFailedOrLostInARow_PausesForTenMinutesAndTwiceAsLongEachTime(string outcomes, int minutes)
    {
        var worker = outcomes.Split(' ').Select((kind, index) => Outcome(index + 1, Enum.Parse<OutcomeKind>(kind, ignoreCase: true)))
            .Aggregate(Worker(), (known, outcome) => WorkerLifecycle.Learn(known, [outcome], Now).Next ?? known);

        Assert.Equal(minutes == 0 ? null : Now.AddMinutes(minutes), worker.PausedUntil);
        Assert.Equal(minutes == 0, worker.MayWork(Now));
        Assert.True(worker.MayWork(Now.AddMinutes(minutes)));
    }

    [Fact]
    public void Learn_PauseAfterPause_IsADayAtMost()
    {
        var (worker, now) = (Worker(), Now);
        for (var seq = 1; seq <= 100; seq++)
        {
            worker = WorkerLifecycle.Learn(worker, [Outcome(seq, OutcomeKind.Failed)], now).Next!;
            if (worker.PausedUntil > now) now = worker.PausedUntil.Value;
        }

        worker = WorkerLifecycle.Learn(worker, [.. Enumerable.Range(101, 5).Select(seq => Outcome(seq, OutcomeKind.Failed))], now).Next!;

        Assert.Equal(now.AddDays(1), worker.PausedUntil);
    }

    [Fact]
    public void SetPaused_ResumedWhilePausedByFailures_EndsThePause()
    {
        var paused = Learn(Worker(), "lost lost lost lost lost");

        var resumed = WorkerLifecycle.SetPaused(paused, paused: false, "admin", "it was our fault", Now).Next!;

        Assert.True(resumed.MayWork(Now));
        Assert.Equal(("worker.resumed_by_admin", "it was our fault"), (resumed.Events[0].Type, resumed.Events[0].Details["reason"]));
        Assert.Null(WorkerLifecycle.SetPaused(resumed, paused: false, "admin", null, Now).Next);
    }

    [Fact]
    public void Learn_WhatIsKnown_ChangesNothing()
    {
        var worker = Learn(Worker(), "merged! lost");

        Assert.Null(WorkerLifecycle.Learn(worker, Outcomes("merged! lost"), Now).Next);
        Assert.Null(WorkerLifecycle.Learn(worker with { Reputation = worker.Reputation with { LostInARow = 0, LostToPause = 0 } },
            [Outcome(9, OutcomeKind.Delivered)], Now).Next);
        Assert.Null(WorkerLifecycle.Learn(new WorkerState(), Outcomes("lost"), Now).Next);
    }

    [Fact]
    public void SetTrust_AnotherTier_IsAuditedAndForgivesWhatWasLost()
    {
        var worker = WorkerLifecycle.SetTrust(Learn(Worker(), "lost lost"), TrustTier.Trusted, "admin", "good work", Now).Next!;

        Assert.Equal((TrustTier.Trusted, 0), (worker.TrustTier, worker.Reputation.LostInARow));
        var audit = Assert.Single(worker.Events);
        Assert.Equal(("worker.trust_changed", "basic", "trusted", "good work"),
            (audit.Type, audit.Details["trust_tier_before"], audit.Details["trust_tier"], audit.Details["reason"]));
        Assert.Null(WorkerLifecycle.SetTrust(worker, TrustTier.Trusted, "admin", null, Now).Next);
        Assert.NotNull(WorkerLifecycle.SetTrust(new WorkerState(), TrustTier.Trusted, "admin", null, Now).Refusal);
    }

    [Theory]
    [InlineData(TaskPhase.Leased, 0, true)]
    [InlineData(TaskPhase.InProgress, Given.Ttl - 1, true)]
    [InlineData(TaskPhase.InProgress, Given.Ttl, false)]
    public void Of_PullRequestOfALifeAndItsEnd_SaysWhetherItWasInTime(TaskPhase phase, int seconds, bool onTime)
    {
        var held = Given.In(phase);
        // One that has not begun is not renewed.
        var renewed = phase is TaskPhase.Leased ? held : held.Then(new TaskCommand.Renew(Given.LeaseId, Given.LeaseEnd.AddHours(9)), Given.Start);

        var delivered = renewed.Then(Given.Report(TaskPhase.PrOpened), Given.Start.AddSeconds(seconds));

        var outcome = WorkOutcome.Of(7, delivered.Event().Type, delivered.Event().Details)!;
        Assert.Equal((7, Given.Holder, OutcomeKind.Delivered, onTime), (outcome.Seq, outcome.WorkerId, outcome.Kind, outcome.OnTime));
        var merged = delivered.Then(Given.Report(TaskPhase.Merged), Given.LeaseEnd);
        // The worker's own word: nobody has confirmed it.
        Assert.Null(WorkOutcome.Of(8, merged.Event().Type, merged.Event().Details));
        Assert.Equal(onTime ? "true" : "false", merged.Event().Details["on_time"]);
    }

    [Theory]
    [InlineData(AttemptOutcome.Failed, 5, OutcomeKind.Failed)]
    [InlineData(AttemptOutcome.Failed, 1, OutcomeKind.Failed)]
    [InlineData(AttemptOutcome.Offline, 5, OutcomeKind.Lost)]
    [InlineData(AttemptOutcome.Offline, 1, OutcomeKind.Lost)]
    [InlineData(AttemptOutcome.Released, 5, null)]
    public void Of_LeaseThatWasGivenBack_IsItsOutcome(AttemptOutcome how, int maxAttempts, OutcomeKind? expected)
    {
        var ended = Given.Leased().Then(Given.GiveBack(how, maxAttempts: maxAttempts), Given.Soon).Event();

        var outcome = WorkOutcome.Of(1, ended.Type, ended.Details);

        Assert.Equal(expected, outcome?.Kind);
        if (outcome is not null) Assert.Contains(ended.Type, WorkOutcome.EventTypes);
    }

    [Fact]
    public void Of_LeaseThatExpired_IsLost()
    {
        var expired = Given.Leased().Then(new TaskCommand.Expire(Given.LeaseId, 5), Given.LeaseEnd).Event();

        Assert.Equal(OutcomeKind.Lost, WorkOutcome.Of(1, expired.Type, expired.Details)!.Kind);
    }

    private static WorkerReputation After(string outcomes) =>
        Outcomes(outcomes).Aggregate(new WorkerReputation(), (known, outcome) => known.With(outcome));

    private static WorkerState Learn(WorkerState worker, string outcomes) =>
        Assert.IsType<WorkerState>(WorkerLifecycle.Learn(worker, Outcomes(outcomes), Now).Next);

    private static WorkerState Worker() => WorkerLifecycle.Register(new WorkerState(), "w_1", new WorkerProfile { Name = "Ada" }, "hash", Now).Next!;

    /// <summary>Words for kinds, with <c>!</c> for in time.</summary>
    private static List<WorkOutcome> Outcomes(string words) =>
    [
        .. words.Split(' ').Select((word, index) =>
            Outcome(index + 1, Enum.Parse<OutcomeKind>(word.TrimEnd('!'), ignoreCase: true)) with { OnTime = word.EndsWith('!') }),
    ];

    private static WorkOutcome Outcome(long seq, OutcomeKind kind) => new() { Seq = seq, WorkerId = "w_1", Kind = kind };
}
