using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>A task whose pull request was closed, or whose holder is gone, and what may still become of the pull request.</summary>
public sealed class FormerReviewTests
{
    private static readonly Artifact Pr = new() { PrUrl = "https://github.com/acme/site/pull/7" };

    [Theory]
    [InlineData("accept")]
    [InlineData("force")]
    public void Maintainer_ClosedUnmerged_MergesItWithCreditToItsLastHolder(string how)
    {
        var closed = Closed();

        var merged = closed.Then(how == "accept" ? Accept() : new TaskCommand.Force("admin:grace", "By a script.", TaskPhase.Merged), Given.Soon);

        Assert.Equal((TaskPhase.Merged, Given.Holder, "maintainer", Pr.PrUrl), (merged.Phase, merged.WorkerId, merged.ConfirmedBy, merged.Artifact.PrUrl));
        var audit = merged.Event();
        Assert.Equal(("task.merged", "admin:grace", Given.Holder, "ready", "true", "true"), (audit.Type, audit.Actor, audit.Details["worker_id"],
            audit.Details["phase_before"], audit.Details["undoes_rejection"], audit.Details["on_time"]));
        merged.StaysOn(Accept(), Given.Soon);
    }

    [Fact]
    public void Maintainer_AnotherHasHadItSince_CreditIsThatOfThePullRequest()
    {
        var released = Closed().Then(Given.Grant(2, Given.Stranger), Given.Soon).Then(Given.GiveBack(worker: Given.Stranger), Given.Soon);

        Assert.Equal(Given.Holder, released.Then(Accept(), Given.Soon).WorkerId);
    }

    [Fact]
    public void Maintainer_NoReviewEver_IsRefused()
    {
        Assert.Equal(RefusalReason.WrongPhase, Given.Ready().Refuses(Accept(), Given.Soon).Reason);
        var released = Given.In(TaskPhase.InProgress).Then(Given.GiveBack(), Given.Soon);
        Assert.Equal(["cancelled"], released.Refuses(new TaskCommand.Force(Actors.Admin, "why", TaskPhase.Merged), Given.Soon).LegalNext);
        Assert.Equal(RefusalReason.WrongPhase, Closed().Refuses(new TaskCommand.Force(Actors.Admin, "why", TaskPhase.PrOpened), Given.Soon).Reason);
        // GitHub's word counts only when it is shown whose work it is.
        Assert.Equal(RefusalReason.WrongPhase, Closed().Refuses(Given.Review(ReviewMove.Merged, worker: null), Given.Soon).Reason);
    }

    [Fact]
    public void Reopened_Free_IsTheHoldersAgainUnderItsLease()
    {
        var back = Closed().Then(Former(ReviewMove.Opened), Given.Soon);

        Assert.Equal((TaskPhase.PrOpened, Given.Holder, Given.Token, Pr.PrUrl), (back.Phase, back.WorkerId, back.Token, back.Artifact.PrUrl));
        Assert.Equal(("task.pr_opened", "true"), (back.Event().Type, back.Event().Details["undoes_rejection"]));
        var resumed = back.Then(Given.Review(ReviewMove.ChangesRequested), Given.Soon);
        Assert.Equal((Given.LeaseId, Given.Start), (resumed.Lease!.LeaseId, resumed.Lease.GrantedAt));
    }

    [Fact]
    public void Reopened_AnotherHadItInBetween_SharesNoTokenWithIt()
    {
        var released = Closed().Then(Given.Grant(2, Given.Stranger), Given.Soon).Then(Given.GiveBack(worker: Given.Stranger), Given.Soon);

        var resumed = released.Then(Former(ReviewMove.Opened), Given.Soon).Then(Given.Review(ReviewMove.ChangesRequested), Given.Soon);

        Assert.Equal((3, Given.LeaseId, Given.Holder), (resumed.Token, resumed.Lease!.LeaseId, resumed.WorkerId));
        Assert.Equal(RefusalReason.LeaseLost, resumed.Refuses(Given.Report(TaskPhase.PrOpened, worker: Given.Stranger), Given.Soon).Reason);
    }

    [Fact]
    public void Reopened_NoRoom_WaitsAndIsWithdrawnWhenItIsClosedAgain()
    {
        var closed = Closed();
        Assert.Equal(RefusalReason.AreaLocked, closed.Refuses(Former(ReviewMove.Opened) with { HoldsArea = false }, Given.Soon).Reason);

        var waits = closed.Then(Former(ReviewMove.Opened) with { MustWait = true }, Given.Soon);

        Assert.Equal((TaskPhase.Ready, ReviewMove.Opened, Given.Holder), (waits.Phase, waits.Wish!.Move, waits.Wish.WorkerId));
        Assert.Equal("task.review_deferred", waits.Event().Type);
        waits.StaysOn(Former(ReviewMove.Opened) with { MustWait = true }, Given.Soon);
        Assert.Null(waits.Then(Former(ReviewMove.Opened), Given.Soon).Wish);
        var withdrawn = waits.Then(Former(ReviewMove.Rejected), Given.Soon);
        Assert.Equal((null, "task.review_withdrawn"), (withdrawn.Wish, withdrawn.Event().Type));
        withdrawn.StaysOn(Former(ReviewMove.Rejected), Given.Soon);
    }

    [Theory]
    [InlineData(ReviewMove.Opened)]
    [InlineData(ReviewMove.Merged)]
    public void GitHub_AnotherHasTheTask_WaitsUntilItIsFree(ReviewMove move)
    {
        var leased = Closed().Then(Given.Grant(2, Given.Stranger), Given.Soon);

        var waits = leased.Then(Former(move), Given.Soon);

        Assert.Equal((TaskPhase.Leased, Given.Stranger, move), (waits.Phase, waits.WorkerId, waits.Wish!.Move));
        var free = waits.Then(Given.GiveBack(worker: Given.Stranger), Given.Soon);
        Assert.Equal(move, free.Wish!.Move);
        var met = free.Then(Former(move), Given.Soon);
        Assert.Equal((Given.Holder, null), (met.WorkerId, met.Wish));
        Assert.Equal(move is ReviewMove.Merged ? TaskPhase.Merged : TaskPhase.PrOpened, met.Phase);
    }

    [Fact]
    public void ChangesRequested_NoRoom_WaitsUnderReview()
    {
        var review = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon);

        var waits = review.Then(Given.Review(ReviewMove.ChangesRequested, reason: "Tests!") with { MustWait = true }, Given.Soon);

        Assert.Equal((TaskPhase.PrOpened, ReviewMove.ChangesRequested, "Tests!"), (waits.Phase, waits.Wish!.Move, waits.Wish.Reason));
        Assert.Null(waits.Then(Given.Review(ReviewMove.ChangesRequested), Given.Soon).Wish);
        Assert.Null(waits.Then(Given.Review(ReviewMove.Rejected), Given.Soon).Wish);
        Assert.Null(waits.Then(Given.Report(TaskPhase.InProgress), Given.Soon).Wish);
        // Review is asked for again before work went on.
        Assert.Equal("task.review_withdrawn", waits.Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon).Event().Type);
    }

    [Fact]
    public void Closed_SentBackToItsHolder_IsReadyAgain()
    {
        var resumed = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon)
            .Then(Given.Review(ReviewMove.ChangesRequested), Given.Soon);

        var closed = resumed.Then(Given.Review(ReviewMove.Rejected, artifact: Pr), Given.Soon);

        Assert.Equal((TaskPhase.Ready, null, AttemptOutcome.Rejected), (closed.Phase, closed.Lease, closed.History[^1].Outcome));
        Assert.Equal(0, closed.Attempts);
        // A maintainer who rejects means what is under review.
        Assert.Equal(RefusalReason.WrongPhase, resumed.Refuses(Given.Review(ReviewMove.Rejected), Given.Soon).Reason);
    }

    [Fact]
    public void Disowned_WasNeverItsWorkers_CannotBeMergedForIt()
    {
        var disowned = Given.In(TaskPhase.InProgress).Then(Given.Report(TaskPhase.PrOpened, artifact: Pr), Given.Soon)
            .Then(Given.Review(ReviewMove.Disowned, artifact: Pr), Given.Soon);

        Assert.Null(disowned.Former);
        disowned.Refuses(Accept(), Given.Soon);
    }

    private static TaskState Closed() => Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: Pr), Given.Soon)
        .Then(Given.Review(ReviewMove.Rejected, artifact: Pr, reason: "Closed."), Given.Soon);

    private static TaskCommand.Review Former(ReviewMove move) => Given.Review(move, artifact: Pr) with { IsFormer = true };

    private static TaskCommand.Review Accept() =>
        new("admin:grace", ReviewMove.Merged, null, new Artifact(), "By a script.", Given.Ttl, HoldsArea: false);
}
