using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>What a maintainer does over the holder's head.</summary>
public sealed class MaintainerTests
{
    private static readonly TaskCommand.Requeue Requeue = new(Actors.Admin, "wrong worker");
    private static readonly TaskCommand.Cancel Cancel = new(Actors.Admin, "not needed");

    [Theory]
    [InlineData(TaskPhase.Leased)]
    [InlineData(TaskPhase.InProgress)]
    [InlineData(TaskPhase.Blocked)]
    public void Requeue_LeasedTask_EndsTheLeaseWithoutCountingIt(TaskPhase phase)
    {
        var task = Given.In(phase).Then(Requeue, Given.Soon);

        Assert.Equal((TaskPhase.Ready, 0, Given.Token, Given.Start), (task.Phase, task.Attempts, task.Token, task.ReadyAt));
        Assert.Null(task.WorkerId);
        Assert.Null(task.Lease);
        Assert.Null(task.EligibleAt);
        Assert.Equal((AttemptOutcome.Requeued, "wrong worker", Given.Holder),
            (task.History[^1].Outcome, task.History[^1].Reason, task.History[^1].WorkerId));
        AssertAudited(task, "task.requeued", phase, Requeue.Reason);
        Assert.Equal(RefusalReason.LeaseLost, task.Refuses(Given.Report(TaskPhase.InProgress, token: Given.Token), Given.Soon).Reason);
    }

    [Fact]
    public void Requeue_TaskUnderReview_IsReadyForAnother()
    {
        var task = Given.In(TaskPhase.PrOpened).Then(Requeue, Given.Soon);

        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
        AssertAudited(task, "task.requeued", TaskPhase.PrOpened, Requeue.Reason);
        Assert.Equal(RefusalReason.LeaseLost, task.Refuses(Given.Report(TaskPhase.Merged), Given.Soon).Reason);
        Assert.Equal(Given.Stranger, task.Then(Given.Grant(token: 2, Given.Stranger), Given.Soon).WorkerId);
    }

    [Fact]
    public void Requeue_DeadLetter_RevivesItWithAllAttemptsAndAllReasons()
    {
        var dead = Given.In(TaskPhase.DeadLetter);

        var task = dead.Then(Requeue, Given.Soon);

        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
        Assert.Equal(dead.History, task.History);
        AssertAudited(task, "task.revived", TaskPhase.DeadLetter, Requeue.Reason);
    }

    [Fact]
    public void Requeue_RestingTask_EndsTheBackoffAndMovesNothingElse()
    {
        var resting = Given.Leased().Then(Given.GiveBack(retryAfter: TimeSpan.FromMinutes(10)), Given.Start);

        var task = resting.Then(Requeue, Given.Soon);

        Assert.Null(task.EligibleAt);
        Assert.Equal((resting.Phase, resting.PhaseAt, resting.Attempts, resting.ReadyAt), (task.Phase, task.PhaseAt, task.Attempts, task.ReadyAt));
        Assert.Equal(resting.History, task.History);
        task.StaysOn(Requeue, Given.Soon);
    }

    [Fact]
    public void Requeue_TaskNotBeforeALaterInstant_GoesOnWaitingForIt()
    {
        var notBefore = Given.Start.AddHours(1);
        var task = Given.Ready(new TaskSpec { Title = "Fix", NotBefore = notBefore });

        task.StaysOn(Requeue, Given.Soon);
        Assert.Equal(notBefore, task.EligibleAt);
    }

    [Theory]
    [InlineData(TaskPhase.Ready)]
    [InlineData(TaskPhase.Offered)]
    [InlineData(TaskPhase.Leased)]
    [InlineData(TaskPhase.InProgress)]
    [InlineData(TaskPhase.Blocked)]
    [InlineData(TaskPhase.PrOpened)]
    [InlineData(TaskPhase.DeadLetter)]
    public void Cancel_AnyButMerged_IsFinal(TaskPhase phase)
    {
        var before = Given.In(phase);

        var task = before.Then(Cancel, Given.Soon);

        Assert.Equal((TaskPhase.Cancelled, before.Token, before.Attempts), (task.Phase, task.Token, task.Attempts));
        Assert.Null(task.WorkerId);
        Assert.Null(task.Lease);
        AssertAudited(task, "task.cancelled", phase, Cancel.Reason);
        if (phase.IsLeased()) Assert.Equal((AttemptOutcome.Cancelled, "not needed"), (task.History[^1].Outcome, task.History[^1].Reason));
        task.StaysOn(Cancel, Given.Soon);
        Assert.Equal(RefusalReason.WrongPhase, task.Refuses(Requeue, Given.Soon).Reason);
        Assert.Equal(RefusalReason.WrongPhase, task.Refuses(Given.Grant(token: 9), Given.Soon).Reason);
    }

    [Fact]
    public void MergedTask_Confirmed_StaysMerged()
    {
        var task = Given.In(TaskPhase.PrOpened).Then(Given.Review(ReviewMove.Merged), Given.Start);

        Assert.All([task.Refuses(Requeue, Given.Soon), task.Refuses(Cancel, Given.Soon)],
            refusal => Assert.Equal((RefusalReason.WrongPhase, "merged"), (refusal.Reason, refusal.Phase)));
    }

    private static void AssertAudited(TaskState task, string type, TaskPhase before, string reason)
    {
        var audit = task.Event();
        Assert.Equal((type, Actors.Admin, before.Wire(), reason), (audit.Type, audit.Actor, audit.Details["phase_before"], audit.Details["reason"]));
    }
}
