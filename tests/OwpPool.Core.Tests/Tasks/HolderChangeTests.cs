using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>What passes from one holder to the next, and what does not.</summary>
public sealed class HolderChangeTests
{
    [Fact]
    public void Grant_AfterAnotherHoldersPullRequest_StartsWithoutIt()
    {
        var pr = new Artifact { PrUrl = "https://github.com/acme/site/pull/1" };
        var requeued = Given.Leased().Then(Given.Report(TaskPhase.PrOpened, artifact: pr), Given.Soon)
            .Then(new TaskCommand.Requeue(Actors.Admin, "Not what was asked."), Given.Soon);

        var next = requeued.Then(Given.Grant(2, Given.Stranger), Given.Soon);

        Assert.Equal(new Artifact(), next.Artifact);
    }

    [Fact]
    public void Releases_HoweverMany_NeverPushOutACountedAttempt()
    {
        var state = Given.Leased().Then(Given.GiveBack(AttemptOutcome.Failed, "It does not build."), Given.Soon);
        for (var token = 2; token <= TaskState.KeptHistory + 10; token++)
            state = state.Then(Given.Grant(token), Given.Soon).Then(Given.GiveBack(), Given.Soon);

        Assert.Equal("It does not build.", state.History[0].Reason);
        Assert.Equal(TaskState.KeptHistory + 1, state.History.Count);
        Assert.Equal(TaskState.KeptHistory + 10, state.History[^1].Token);
    }

    [Fact]
    public void Settle_UnderAnotherRunningLease_LeavesItsTokenAlone() =>
        Given.Leased().StaysOn(new TaskCommand.Settle("l_2", 2), Given.Soon);

    [Theory]
    [InlineData(TaskPhase.PrOpened)]
    [InlineData(TaskPhase.Merged)]
    public void GiveBack_ByThePoolWhenNoLeaseRuns_IsWhatItWanted(TaskPhase phase) =>
        Given.In(phase).StaysOn(Given.GiveBack(AttemptOutcome.Offline, actor: Actors.System), Given.Soon);

    [Fact]
    public void Report_MergedAgainAfterTheRightWasTakenAway_IsARepeat() =>
        Given.In(TaskPhase.Merged).StaysOn(Given.Report(TaskPhase.Merged, mayMerge: false), Given.Soon);
}
