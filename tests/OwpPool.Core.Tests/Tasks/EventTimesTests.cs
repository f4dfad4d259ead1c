using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>What events tell of the time before them, on which the analytics rest.</summary>
public sealed class EventTimesTests
{
    private static readonly DateTimeOffset Later = Given.Start.AddMinutes(10);
    private static readonly DateTimeOffset Last = Given.Start.AddMinutes(30);

    [Fact]
    public void Step_AnyPhase_TellsSinceWhenItStoodThere()
    {
        var started = Given.Leased().Then(Given.Report(TaskPhase.InProgress), Later);
        Assert.Equal(Instants.Text(Given.Start), Detail(started, "phase_since"));
        Assert.Null(Detail(started, "leased_at"));
        Assert.Equal(Instants.Text(Later), Detail(started.Then(Given.Report(TaskPhase.Blocked), Last), "phase_since"));
    }

    [Fact]
    public void Note_StaysInItsPhase_TellsNothing() =>
        Assert.Null(Detail(Given.In(TaskPhase.InProgress).Then(Given.Report(TaskPhase.InProgress, "half done"), Later), "phase_since"));

    [Fact]
    public void Grant_TaskThatWaitedForItsTime_WaitsForAWorkerSinceThen()
    {
        var task = Given.Ready(new TaskSpec { Title = "Later", NotBefore = Later });
        Assert.Equal(Instants.Text(Later), Detail(task.Then(Given.Grant(), Last), "phase_since"));
    }

    [Fact]
    public void LeaseEnd_EveryKind_TellsWhenTheLeaseBegan()
    {
        foreach (var state in new[]
        {
            Given.In(TaskPhase.Blocked).Then(Given.Report(TaskPhase.PrOpened), Later), Given.Leased().Then(Given.GiveBack(), Later),
            Given.Leased().Then(new TaskCommand.Expire(Given.LeaseId, Given.MaxAttempts), Given.LeaseEnd),
            Given.In(TaskPhase.InProgress).Then(new TaskCommand.Cancel(Actors.Admin, "no"), Later),
            Given.In(TaskPhase.InProgress).Then(new TaskCommand.Requeue(Actors.Admin, "no"), Later),
        })
            Assert.Equal(Instants.Text(Given.Start), Detail(state, "leased_at"));
    }

    [Fact]
    public void Merge_AfterChangesWereRequested_TellsWhenTheFirstOfItsLeasesBegan()
    {
        var merged = Given.In(TaskPhase.PrOpened).Then(Given.Report(TaskPhase.InProgress), Later)
            .Then(Given.Report(TaskPhase.PrOpened), Last).Then(Given.Report(TaskPhase.Merged), Last.AddMinutes(1));
        Assert.Equal(Instants.Text(Given.Start), Detail(merged, "leased_at"));
        Assert.Equal(Instants.Text(Given.Start), Detail(merged, "created_at"));
        Assert.Equal(Instants.Text(Last), Detail(merged, "phase_since"));
    }

    [Fact]
    public void Merge_AfterAnEarlierHolder_TellsOfTheLeaseThatLedToIt()
    {
        var merged = Given.Leased().Then(Given.GiveBack(), Given.Soon).Then(Given.Grant(2), Later)
            .Then(Given.Report(TaskPhase.PrOpened), Last).Then(Given.Report(TaskPhase.Merged), Last);
        Assert.Equal(Instants.Text(Later), Detail(merged, "leased_at"));
    }

    private static string? Detail(TaskState state, string name) => Assert.Single(state.Events).Details.GetValueOrDefault(name);
}
