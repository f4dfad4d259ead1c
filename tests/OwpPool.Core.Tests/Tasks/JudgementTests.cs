using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>How maintainers judge work and set phases.</summary>
public sealed class JudgementTests
{
    [Theory]
    [InlineData("force ready")]
    [InlineData("force pr_opened")]
    [InlineData("force cancelled")]
    [InlineData("force dead_letter")]
    public void Force_HeldTask_RefusesWhatTheHolderStillReports(string command)
    {
        var before = Given.In(TaskPhase.InProgress);

        var task = before.Then(CommandOf(command), Given.Soon);

        Assert.Equal(before.Token + 1, task.Token);
        Assert.Equal(("true", "2", "why"), (task.Event().Details["forced"], task.Event().Details["fencing_token"], task.Event().Details["reason"]));
        foreach (var status in new[] { TaskPhase.InProgress, TaskPhase.PrOpened, TaskPhase.Merged })
        {
            var refusal = task.Refuses(Given.Report(status, leaseId: Given.LeaseId, token: Given.Token), Given.Soon);
            Assert.Equal(RefusalKind.Conflict, refusal.Kind);
        }
    }

    [Fact]
    public void Force_ReadyTask_IsGrantedWithALaterTokenStill()
    {
        var task = Given.In(TaskPhase.Leased).Then(CommandOf("force ready"), Given.Soon);

        Assert.Equal(RefusalReason.StaleToken, task.Refuses(Given.Grant(token: 2), Given.Soon).Reason);
        Assert.Equal(3, task.Then(Given.Grant(token: 3), Given.Soon).Token);
    }

    [Fact]
    public void Force_NotALegalStep_NamesThoseThatAre() => Assert.Equal(
        ["ready", "pr_opened", "cancelled", "dead_letter"], Given.In(TaskPhase.Leased).Refuses(CommandOf("force merged"), Given.Soon).LegalNext);

    [Fact]
    public void Accept_UnderReview_IsConfirmedAndRated()
    {
        var task = Given.In(TaskPhase.PrOpened).Then(CommandOf("accept"), Given.Soon);

        var details = task.Event().Details;
        Assert.Equal(("task.merged", "maintainer", Given.Holder), (task.Event().Type, task.ConfirmedBy, task.WorkerId));
        Assert.Equal(("4", "maintainer", Given.Holder, "pr_opened"),
            (details["rating"], details["confirmed_by"], details["worker_id"], details["phase_before"]));
    }

    [Fact]
    public void Accept_MergedByItsWorker_IsConfirmedOnceAndDoesNotMove()
    {
        var merged = Given.In(TaskPhase.Merged);

        var task = merged.Then(CommandOf("accept"), Given.Soon);

        Assert.Null(merged.ConfirmedBy);
        Assert.Equal(("task.merge_confirmed", "maintainer", merged.PhaseAt), (task.Event().Type, task.ConfirmedBy, task.PhaseAt));
        task.StaysOn(CommandOf("accept"), Given.Soon);
    }

    private static TaskCommand CommandOf(string name) => name switch
    {
        "accept" => new TaskCommand.Review(Actors.Admin, ReviewMove.Merged, null, new Artifact(), null, Given.Ttl, HoldsArea: false, Rating: 4),
        _ => new TaskCommand.Force(Actors.Admin, "why", TaskPhases.Parse(name["force ".Length..])),
    };
}
