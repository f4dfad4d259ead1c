using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

public sealed class OfferTests
{
    private static readonly TaskCommand.AcceptOffer Accept = new(Given.Holder, Given.OfferId, TtlSeconds: 600);

    [Fact]
    public void Offer_ReadyTask_ReservesItForTheWorkerUntilItsEnd()
    {
        var task = Given.Ready().Then(Given.Offer("key"), Given.Soon);

        Assert.Equal((TaskPhase.Offered, Given.Holder, Given.Token), (task.Phase, task.WorkerId, task.Token));
        Assert.Equal((Given.OfferId, Given.Soon.AddSeconds(Given.Ttl), "key"), (task.Lease!.LeaseId, task.Lease.ExpiresAt, task.Lease.RequestKey));
        var audit = task.Event();
        Assert.Equal(("task.offered", Given.Holder, Given.OfferId), (audit.Type, audit.Actor, audit.Details["offer_id"]));
    }

    [Fact]
    public void AcceptOffer_InTime_IsALeaseOfItsOwnLengthUnderTheOffersToken()
    {
        var task = Given.Ready().Then(Given.Offer("key"), Given.Start).Then(Accept, Given.Soon);

        Assert.Equal((TaskPhase.Leased, Given.Token), (task.Phase, task.Token));
        Assert.Equal(("l_1", Given.Soon, Given.Soon.AddSeconds(600)), (task.Lease!.LeaseId, task.Lease.GrantedAt, task.Lease.ExpiresAt));
        Assert.Equal("key", task.Lease.RequestKey);
        var audit = task.Event();
        Assert.Equal(("task.leased", "offered", Given.OfferId), (audit.Type, audit.Details["phase_before"], audit.Details["offer_id"]));
    }

    [Fact]
    public void AcceptOffer_AgainAfterTheWorkBegan_IsTheSameLease()
    {
        var task = Given.In(TaskPhase.Offered).Then(Accept, Given.Soon).Then(Given.Report(TaskPhase.InProgress), Given.Soon);

        task.StaysOn(Accept, Given.Soon);
    }

    [Fact]
    public void AcceptOffer_AtItsEnd_IsTooLate()
    {
        var task = Given.In(TaskPhase.Offered);

        Assert.Equal(RefusalReason.OfferExpired, task.Refuses(Accept, Given.LeaseEnd).Reason);
        task.Then(Accept, Given.LeaseEnd.AddMilliseconds(-1));
    }

    [Fact]
    public void AcceptOffer_TaskThatAnotherWorkedOn_BeginsWithoutItsArtifact()
    {
        var offer = new TaskCommand.Offer(Given.Stranger, "o_2", 2, Given.Ttl);
        var before = Given.Leased().Then(Given.Report(TaskPhase.InProgress, "half", new Artifact { CommitSha = "abc" }), Given.Start)
            .Then(Given.GiveBack(), Given.Start);

        var task = before.Then(offer, Given.Soon).Then(new TaskCommand.AcceptOffer(Given.Stranger, "o_2", Given.Ttl), Given.Soon);

        Assert.Equal((new Artifact(), null), (task.Artifact, task.Message));
    }

    [Fact]
    public void RejectOffer_Open_LeavesTheTaskAsItWasButForItsToken()
    {
        var ready = Given.Ready();

        var task = ready.Then(Given.Offer(), Given.Start)
            .Then(new TaskCommand.RejectOffer(Given.Holder, Given.OfferId, OfferRejection.InsufficientTime, "on holiday"), Given.Soon);

        Assert.Equal((TaskPhase.Ready, 0, Given.Token), (task.Phase, task.Attempts, task.Token));
        Assert.Equal((ready.ReadyAt, ready.EligibleAt), (task.ReadyAt, task.EligibleAt));
        Assert.Empty(task.History);
        var audit = task.Event();
        Assert.Equal(("task.offer_rejected", Given.Holder), (audit.Type, audit.Actor));
        Assert.Equal(("insufficient_time", "on holiday"), (audit.Details["reason"], audit.Details["note"]));
    }

    [Fact]
    public void Expire_OfferAtItsEnd_IsNoAttempt()
    {
        var task = Given.In(TaskPhase.Offered).Then(new TaskCommand.Expire(Given.OfferId, 1), Given.LeaseEnd);

        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
        Assert.Null(task.WorkerId);
        Assert.Empty(task.History);
    }

    [Fact]
    public void Requeue_OfferedTask_IsNoAttemptOfTheWorker()
    {
        var task = Given.In(TaskPhase.Offered).Then(new TaskCommand.Requeue(Actors.Admin, "why"), Given.Soon);

        Assert.Equal(TaskPhase.Ready, task.Phase);
        Assert.Empty(task.History);
        Assert.Equal(RefusalReason.OfferExpired, task.Refuses(Accept, Given.Soon).Reason);
    }
}
