using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>What rests on a worker's word alone can be put back (protocol rules 9 and 10).</summary>
public sealed class UnconfirmedTests
{
    private const int Week = 604_800;
    private static readonly TaskCommand.Requeue Requeue = new(Actors.Admin, "It was never merged.");
    private static readonly Artifact Pr = new() { PrUrl = "https://github.com/acme/site/pull/7" };

    [Fact]
    public void Requeue_MergeThatNobodyConfirmed_IsReadyAgain()
    {
        var task = Given.In(TaskPhase.Merged).Then(Requeue, Given.Soon);

        Assert.Equal((TaskPhase.Ready, null, 0), (task.Phase, task.WorkerId, task.Attempts));
        Assert.Equal(("task.requeued", "merged", Given.Holder), (task.Event().Type, task.Event().Details["phase_before"], task.Event().Details["worker_id"]));
    }

    [Fact]
    public void Reject_MergeThatNobodyConfirmed_CountsAgainstItsWorker()
    {
        var task = Given.In(TaskPhase.Merged).Then(Given.Review(ReviewMove.Rejected, actor: Actors.Admin, reason: "no such change"), Given.Soon);

        Assert.Equal((TaskPhase.Ready, AttemptOutcome.Rejected), (task.Phase, task.History[^1].Outcome));
    }

    [Fact]
    public void Requeue_MergeThatIsConfirmed_IsRefused()
    {
        var confirmed = Given.In(TaskPhase.Merged).Then(Given.Review(ReviewMove.Merged), Given.Soon);

        Assert.Equal((RefusalReason.WrongPhase, "merged"), (confirmed.Refuses(Requeue, Given.Soon).Reason, confirmed.Refuses(Requeue, Given.Soon).Phase));
        confirmed.StaysOn(new TaskCommand.Undo(Actors.Admin, Given.Holder, "why"), Given.Soon);
    }

    [Fact]
    public void Undo_ReviewThatGithubKnows_StaysUnderReview()
    {
        var seen = Given.In(TaskPhase.PrOpened).Then(Given.Review(ReviewMove.Opened), Given.Soon);

        Assert.Equal(("task.review_confirmed", Actors.Github), (seen.Event().Type, seen.ReviewConfirmedBy));
        seen.StaysOn(new TaskCommand.Undo(Actors.Admin, Given.Holder, "why"), Given.Soon);
        seen.StaysOn(Given.Review(ReviewMove.Opened), Given.Soon);
    }

    [Fact]
    public void Report_MergedWhereWorkersMayNot_IsAClaimThatKeepsItsPlace()
    {
        var task = Given.In(TaskPhase.PrOpened).Then(Given.Report(TaskPhase.Merged, "done", mayMerge: false), Given.Soon);

        Assert.Equal((TaskPhase.PrOpened, Given.Soon, Given.Holder), (task.Phase, task.MergeReportedAt, task.WorkerId));
        Assert.Equal("task.merge_reported", task.Event().Type);
        task.StaysOn(Given.Report(TaskPhase.Merged, "done", mayMerge: false), Given.LeaseEnd);
        var merged = task.Then(Given.Review(ReviewMove.Merged, actor: Actors.Admin), Given.LeaseEnd);
        Assert.Equal((TaskPhase.Merged, "maintainer", null), (merged.Phase, merged.ConfirmedBy, merged.MergeReportedAt));
    }

    [Fact]
    public void EndReview_NobodyHasSeenIt_FreesTheTaskAtTheInstant()
    {
        var task = Given.In(TaskPhase.InProgress).Then(Given.Report(TaskPhase.PrOpened, artifact: Pr) with { ReviewSeconds = Week }, Given.Start);

        Assert.Equal(Given.Start.AddSeconds(Week), task.ReviewUntil);
        task.StaysOn(new TaskCommand.EndReview(), Given.Start.AddSeconds(Week).AddMilliseconds(-1));
        var freed = task.Then(new TaskCommand.EndReview(), Given.Start.AddSeconds(Week));
        Assert.Equal((TaskPhase.Ready, "task.rejected", Actors.System), (freed.Phase, freed.Event().Type, freed.Event().Actor));
        Assert.Equal((null, AttemptOutcome.Rejected), (freed.ReviewUntil, freed.History[^1].Outcome));
    }

    [Theory]
    [InlineData("opened")]
    [InlineData("forced")]
    public void ReviewUntil_SomebodyElseHasSeenIt_IsNone(string how)
    {
        var reported = Given.Report(TaskPhase.PrOpened, artifact: Pr) with { ReviewSeconds = Week };
        var task = how == "opened"
            ? Given.In(TaskPhase.InProgress).Then(reported, Given.Start).Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon)
            : Given.In(TaskPhase.InProgress).Then(new TaskCommand.Force(Actors.Admin, "I saw it", TaskPhase.PrOpened), Given.Start);

        Assert.Null(task.ReviewUntil);
        Assert.NotNull(task.ReviewConfirmedBy);
    }

    [Fact]
    public void Report_AnotherPullRequestThanTheOneSeen_IsUnconfirmedAgain()
    {
        var seen = Given.In(TaskPhase.InProgress).Then(Given.Report(TaskPhase.PrOpened, artifact: Pr), Given.Start)
            .Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon);

        var other = Given.Report(TaskPhase.PrOpened, artifact: new Artifact { PrUrl = "https://github.com/acme/site/pull/8" });
        var task = seen.Then(other with { ReviewSeconds = Week }, Given.Soon);

        Assert.Equal((null, Given.Soon.AddSeconds(Week)), (task.ReviewConfirmedBy, task.ReviewUntil));
        // Saying it once more does not put it off.
        Assert.Equal(task.ReviewUntil, task.Then(Given.Report(TaskPhase.PrOpened, "still") with { ReviewSeconds = Week }, Given.LeaseEnd).ReviewUntil);
    }

    [Fact]
    public void Report_InProgressAfterReviewByItsOwnWord_StaysInTheLifetimeOfTheGrant()
    {
        var again = Given.Report(TaskPhase.InProgress) with { LifetimeSeconds = 2 * Given.Ttl };
        var late = Given.Start.AddSeconds((2 * Given.Ttl) - 60);

        var task = Given.In(TaskPhase.PrOpened).Then(again, late);

        Assert.Equal(Given.Start.AddSeconds(2 * Given.Ttl), task.Lease!.ExpiresAt);
        var refusal = Given.In(TaskPhase.PrOpened).Refuses(again, Given.Start.AddSeconds(2 * Given.Ttl));
        Assert.Equal(RefusalReason.LeaseExpired, refusal.Reason);
        // A maintainer who asks for changes gives the time for them.
        var asked = Given.In(TaskPhase.PrOpened).Then(Given.Review(ReviewMove.ChangesRequested), Given.Start.AddDays(9));
        Assert.Equal(Given.Start.AddDays(9).AddSeconds(Given.Ttl), asked.Lease!.ExpiresAt);
    }

    [Fact]
    public void Report_BackAndForthAllDay_NeverBeginsTheLifetimeAnew()
    {
        var (task, now) = (Given.In(TaskPhase.InProgress), Given.Start);
        for (var round = 0; round < TaskState.KeptHistory + 5; round++)
        {
            now = now.AddMinutes(1);
            task = task.Then(Given.Report(TaskPhase.PrOpened), now).Then(Given.Report(TaskPhase.InProgress), now);
        }

        Assert.Equal(Given.Start, task.Lease!.GrantedAt);
    }

    [Fact]
    public void GiveBack_ForADay_RestsTenMinutesForOthers()
    {
        var task = Given.Leased().Then(Given.GiveBack(retryAfter: TimeSpan.FromDays(1)), Given.Soon);

        Assert.Equal(Given.Soon.AddMinutes(10), task.EligibleAt);
        Assert.Equal(Given.Soon.AddDays(1), task.History[^1].AwayUntil);
    }
}
