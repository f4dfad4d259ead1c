using OwpPool.Core.Matching;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

public sealed class CreateAndGrantTests
{
    [Theory]
    [InlineData(null, null, null, null, true)]
    [InlineData("Fix the footer", 99, null, null, true)]
    [InlineData(null, null, "docs", null, false)]
    [InlineData(null, null, null, 3, false)]
    public void Grant_TaskEditedSinceItWasChosen_IsRefusedIfAnotherMightGetIt(string? title, int? priority, string? area, int? points, bool isGranted)
    {
        var ready = Given.Ready();
        var chosenBy = new TaskClaim(ReadyTask.ShapeOf(ready.RequiredSkills, ready.Tier, ready.EstimatePoints), ready.AreaKey);
        var patch = new TaskPatch { Title = title, Priority = priority, Area = area, EstimatePoints = points };
        var edited = TaskLifecycle.Decide(ready, new TaskCommand.Edit("admin", patch, null), Given.Start).Next ?? ready;

        TaskCommand[] commands =
        [
            Given.Grant() with { ChosenBy = chosenBy }, Given.Offer() with { ChosenBy = chosenBy },
        ];
        foreach (var command in commands)
        {
            var decision = TaskLifecycle.Decide(edited, command, Given.Soon);
            Assert.Equal((isGranted, isGranted ? null : RefusalReason.WrongPhase), (decision.Next is not null, decision.Refusal?.Reason));
        }
    }

    [Fact]
    public void Create_FullSpec_KeepsEveryFieldAndWaitsFromNow()
    {
        var spec = new TaskSpec
        {
            Title = "Fix the header",
            Description = "It is crooked.",
            EstimatePoints = 7,
            Priority = 80,
            RequiredSkills = [" CSS", "css", "", "Go "],
            Area = " .\\Src\\UI/ ",
            Tier = 2,
            DependsOn = ["t_a", "t_b"],
            ExternalId = "GH-12",
        };

        var task = Given.Ready(spec);

        Assert.Equal((Given.TaskId, Given.Repo, "Acme/Site"), (task.TaskId, task.Repo, task.RepoName));
        Assert.Equal(("Fix the header", "It is crooked.", 7, 80, 2), (task.Title, task.Description, task.EstimatePoints, task.Priority, task.Tier));
        Assert.Equal(["CSS", "Go"], task.RequiredSkills);
        Assert.Equal((".\\Src\\UI/", "src/ui"), (task.Area, task.AreaKey));
        Assert.Equal(["t_a", "t_b"], task.DependsOn);
        Assert.Equal("GH-12", task.ExternalId);
        Assert.Equal((TaskPhase.Ready, 0L, 1L, 0), (task.Phase, task.Token, task.Version, task.Attempts));
        Assert.Equal((Given.Start, Given.Start, Given.Start), (task.CreatedAt, task.ReadyAt, task.PhaseAt));
        Assert.Null(task.EligibleAt);
        Assert.Null(task.WorkerId);
        Assert.Null(task.Lease);
        Assert.True(task.Exists);
        Assert.Equal(TaskState.CurrentSchema, task.SchemaVersion);
    }

    [Fact]
    public void Create_Accepted_IsAuditedAsTheAdmins()
    {
        var audit = Given.Ready(new TaskSpec { Title = "Fix", ExternalId = "GH-12" }).Event();

        Assert.Equal(("task.created", Actors.Admin), (audit.Type, audit.Actor));
        Assert.Equal(("Fix", "GH-12"), (audit.Details["title"], audit.Details["external_id"]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("./")]
    public void Create_BlankArea_LocksNothing(string? area) =>
        Assert.Null(Given.Ready(new TaskSpec { Title = "Fix", Area = area }).AreaKey);

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    public void Create_NotBefore_RestsOnlyWhenItLiesAhead(int milliseconds, bool rests)
    {
        var notBefore = Given.Start.AddMilliseconds(milliseconds);

        var task = Given.Ready(new TaskSpec { Title = "Fix", NotBefore = notBefore });

        Assert.Equal(rests ? notBefore : null, task.EligibleAt);
        // It does not age while nobody may take it.
        Assert.Equal(rests ? notBefore : Given.Start, task.ReadyAt);
        Assert.Equal(notBefore, task.NotBefore);
    }

    [Fact]
    public void Create_AnotherSpecUnderTheSameId_KeepsTheFirst() =>
        Given.Ready().StaysOn(Given.Create(new TaskSpec { Title = "Something else" }), Given.Soon);

    [Fact]
    public void Grant_ReadyTask_GivesTheLeaseAWholeTtl()
    {
        var task = Given.Ready().Then(Given.Grant(token: 7, ttl: 90), Given.Soon);

        Assert.Equal((TaskPhase.Leased, Given.Holder, 7L), (task.Phase, task.WorkerId, task.Token));
        Assert.Equal(new Lease { LeaseId = "l_7", GrantedAt = Given.Soon, ExpiresAt = Given.Soon.AddSeconds(90), TtlSeconds = 90 }, task.Lease);
        Assert.Equal((Given.Soon, 2L), (task.PhaseAt, task.Version));
        var audit = task.Event();
        Assert.Equal(("task.leased", Given.Holder, "7", "l_7", "ready"),
            (audit.Type, audit.Actor, audit.Details["fencing_token"], audit.Details["lease_id"], audit.Details["phase_before"]));
        Assert.Equal("2026-01-18T05:02:30.000Z", audit.Details["lease_expires_at"]);
    }

    [Fact]
    public void Grant_ForARequest_KeepsItsKeyInTheLease() =>
        Assert.Equal("key-1", Given.Ready().Then(Given.Grant() with { RequestKey = "key-1" }, Given.Soon).Lease!.RequestKey);

    [Fact]
    public void Grant_AfterAnother_DropsTheFormerHoldersWords()
    {
        var task = Given.Leased().Then(Given.Report(TaskPhase.InProgress, "half done"), Given.Soon)
            .Then(Given.GiveBack(), Given.Soon)
            .Then(Given.Grant(token: 2, Given.Stranger), Given.Soon);

        Assert.Null(task.Message);
        Assert.Equal(Given.Stranger, task.WorkerId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(5)]
    public void Grant_TokenNotAboveTheLast_IsStale(long token)
    {
        var task = Given.Ready().Then(new TaskCommand.Settle("l_5", 5), Given.Start);

        Assert.Equal(RefusalReason.StaleToken, task.Refuses(Given.Grant(token, leaseId: "l_new"), Given.Soon).Reason);
        Assert.Equal(6, task.Then(Given.Grant(token: 6), Given.Soon).Token);
    }

    [Theory]
    [InlineData(TaskPhase.Leased)]
    [InlineData(TaskPhase.InProgress)]
    [InlineData(TaskPhase.Blocked)]
    public void Grant_SameLeaseAgain_ChangesNothingInAnyLeasedPhase(TaskPhase phase) =>
        Given.In(phase).StaysOn(Given.Grant(), Given.Soon);

    [Fact]
    public void Grant_SameLeaseAfterItEnded_IsStale()
    {
        var task = Given.Leased().Then(new TaskCommand.Expire(Given.LeaseId, Given.MaxAttempts), Given.LeaseEnd);

        Assert.Equal(RefusalReason.StaleToken, task.Refuses(Given.Grant(), Given.LeaseEnd).Reason);
    }

    [Theory]
    [InlineData(TaskPhase.Leased)]
    [InlineData(TaskPhase.PrOpened)]
    [InlineData(TaskPhase.Merged)]
    [InlineData(TaskPhase.Cancelled)]
    [InlineData(TaskPhase.DeadLetter)]
    public void Grant_TaskNotReady_NamesThePhase(TaskPhase phase)
    {
        var refusal = Given.In(phase).Refuses(Given.Grant(token: 2, Given.Stranger), Given.Soon);

        Assert.Equal((RefusalReason.WrongPhase, phase.Wire()), (refusal.Reason, refusal.Phase));
    }

    [Fact]
    public void Settle_GrantThatNeverCame_SpendsItsTokenAndLeavesTheTaskReady()
    {
        var task = Given.Ready().Then(new TaskCommand.Settle("l_1", 1), Given.Soon);

        Assert.Equal((TaskPhase.Ready, 1L, Given.Start), (task.Phase, task.Token, task.PhaseAt));
        Assert.Equal(("task.withdrawn", Actors.System, "1"), (task.Event().Type, task.Event().Actor, task.Event().Details["fencing_token"]));
        Assert.Equal(RefusalReason.StaleToken, task.Refuses(Given.Grant(), Given.Soon).Reason);
        task.StaysOn(new TaskCommand.Settle("l_1", 1), Given.Soon);
    }

    [Theory]
    [InlineData(TaskPhase.Leased)]
    [InlineData(TaskPhase.InProgress)]
    [InlineData(TaskPhase.Blocked)]
    [InlineData(TaskPhase.PrOpened)]
    public void Settle_GrantThatCame_ChangesNothing(TaskPhase phase) =>
        Given.In(phase).StaysOn(new TaskCommand.Settle(Given.LeaseId, Given.Token), Given.Soon);

    [Fact]
    public void Decide_MissingArgument_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => TaskLifecycle.Decide(null!, Given.Create(), Given.Start));
        Assert.Throws<ArgumentNullException>(() => TaskLifecycle.Decide(new TaskState(), null!, Given.Start));
    }
}
