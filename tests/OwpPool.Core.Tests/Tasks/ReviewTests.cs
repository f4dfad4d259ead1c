using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>GitHub's word on a task.</summary>
public sealed class ReviewTests
{
    private static readonly Artifact Pr = new() { PrUrl = "https://github.com/Acme/Site/pull/7", CommitSha = "abc" };
    private static readonly Artifact Same = new() { PrUrl = "https://github.com/acme/site/pull/7" };
    private static readonly Artifact Other = new() { PrUrl = "https://github.com/acme/site/pull/8" };

    [Fact]
    public void Opened_Leased_EndsTheLeaseAndKeepsThePullRequest()
    {
        var opened = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon);

        Assert.Equal((TaskPhase.PrOpened, Given.Holder, Pr), (opened.Phase, opened.WorkerId, opened.Artifact));
        Assert.Null(opened.Lease);
        Assert.Equal(AttemptOutcome.PrOpened, Assert.Single(opened.History).Outcome);
        var audit = opened.Event();
        Assert.Equal(("task.pr_opened", Actors.Github, Pr.PrUrl, "leased", Given.Holder),
            (audit.Type, audit.Actor, audit.Details["pr_url"], audit.Details["phase_before"], audit.Details["worker_id"]));
    }

    [Fact]
    public void Merged_UnderReview_IsConfirmedByWhoSaysSo()
    {
        var merged = Given.In(TaskPhase.PrOpened).Then(Given.Review(ReviewMove.Merged, artifact: Pr), Given.Soon);

        Assert.Equal((TaskPhase.Merged, Actors.Github, Pr), (merged.Phase, merged.ConfirmedBy, merged.Artifact));
        Assert.Equal(("task.merged", "github"), (merged.Event().Type, merged.Event().Details["confirmed_by"]));
        merged.StaysOn(Given.Review(ReviewMove.Merged, artifact: Pr), Given.Soon);
    }

    [Fact]
    public void Merged_ByTheWorkersWordBefore_IsConfirmedOnceAndDoesNotMove()
    {
        var claimed = Given.In(TaskPhase.Merged);
        Assert.Null(claimed.ConfirmedBy);

        var confirmed = claimed.Then(Given.Review(ReviewMove.Merged), Given.Soon);

        Assert.Equal((TaskPhase.Merged, Actors.Github, claimed.PhaseAt), (confirmed.Phase, confirmed.ConfirmedBy, confirmed.PhaseAt));
        Assert.Equal("task.merge_confirmed", confirmed.Event().Type);
        confirmed.StaysOn(Given.Review(ReviewMove.Merged), Given.Soon);
    }

    [Fact]
    public void Rejected_UnderReview_IsReadyAtOnceWithTheReasonAndWithoutACountedAttempt()
    {
        var review = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon);

        var ready = review.Then(Given.Review(ReviewMove.Rejected, artifact: Same, reason: "Not wanted."), Given.Soon);

        Assert.Equal((TaskPhase.Ready, null, 0, null), (ready.Phase, ready.WorkerId, ready.Attempts, ready.EligibleAt));
        Assert.Equal((AttemptOutcome.Rejected, "Not wanted."), (ready.History[^1].Outcome, ready.History[^1].Reason));
        Assert.Equal(("task.rejected", "Not wanted.", Given.Holder),
            (ready.Event().Type, ready.Event().Details["reason"], ready.Event().Details["worker_id"]));
    }

    [Fact]
    public void ChangesRequested_UnderReview_GoesOnUnderTheSameLease()
    {
        var review = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon);

        var resumed = review.Then(Given.Review(ReviewMove.ChangesRequested, artifact: Same, reason: "Tests!"), Given.Soon);

        Assert.Equal((TaskPhase.InProgress, Given.LeaseId, Given.Token, Given.Soon.AddSeconds(Given.Ttl)),
            (resumed.Phase, resumed.Lease!.LeaseId, resumed.Token, resumed.Lease.ExpiresAt));
        Assert.Equal("Tests!", resumed.Event().Details["reason"]);
    }

    [Theory]
    [InlineData(ReviewMove.Merged)]
    [InlineData(ReviewMove.Rejected)]
    [InlineData(ReviewMove.ChangesRequested)]
    public void Review_OfAnotherPullRequest_IsNotTheTasks(ReviewMove move)
    {
        var review = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon);

        Assert.Equal(RefusalReason.AlreadyExists, review.Refuses(Given.Review(move, artifact: Other), Given.Soon).Reason);
    }

    [Fact]
    public void Opened_AnotherWhileWorkGoesOn_TakesTheFirstOnesPlace()
    {
        var resumed = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon)
            .Then(Given.Review(ReviewMove.ChangesRequested), Given.Soon);

        Assert.Equal(Other.PrUrl, resumed.Then(Given.Review(ReviewMove.Opened, artifact: Other), Given.Soon).Artifact.PrUrl);
    }

    [Fact]
    public void Ignored_SameReasonAgain_IsKeptOnce()
    {
        var noted = Given.Leased().Then(Given.Review(ReviewMove.Ignored, artifact: Pr, reason: "Somebody else's."), Given.Soon);

        Assert.Equal(("task.pull_request_ignored", "Somebody else's.", Pr.PrUrl),
            (noted.Event().Type, noted.Event().Details["reason"], noted.Event().Details["pr_url"]));
        Assert.Equal(new Artifact(), noted.Artifact);
        noted.StaysOn(Given.Review(ReviewMove.Ignored, artifact: Pr, reason: "Somebody else's."), Given.Soon);
        noted.Then(Given.Review(ReviewMove.Ignored, artifact: Pr, reason: "Another reason."), Given.Soon);
    }
}
