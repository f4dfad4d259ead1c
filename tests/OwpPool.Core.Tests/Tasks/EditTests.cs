using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>What of a task may be changed when.</summary>
public sealed class EditTests
{
    private static readonly TaskPatch Words = new() { Title = "Another", Description = "More", Priority = 99 };

    public static TheoryData<TaskPhase> Phases => [.. Enum.GetValues<TaskPhase>()];

    [Theory, MemberData(nameof(Phases))]
    public void Edit_Words_ChangeUntilTheTaskIsDone(TaskPhase phase)
    {
        var before = Given.In(phase);
        if (phase is TaskPhase.Merged or TaskPhase.Cancelled)
        {
            var refusal = before.Refuses(Edit(Words), Given.Soon);
            Assert.Equal((RefusalKind.Conflict, RefusalReason.WrongPhase, phase.Wire()), (refusal.Kind, refusal.Reason, refusal.Phase));
            return;
        }

        var task = before.Then(Edit(Words), Given.Soon);

        Assert.Equal(("Another", "More", 99), (task.Title, task.Description, task.Priority));
        Assert.Equal((before.Phase, before.PhaseAt, before.WorkerId, before.Lease, before.Token),
            (task.Phase, task.PhaseAt, task.WorkerId, task.Lease, task.Token));
        task.StaysOn(Edit(Words), Given.Soon);
    }

    public static TheoryData<string, TaskPatch> Matching => new()
    {
        { "estimate_points", new TaskPatch { EstimatePoints = 7 } },
        { "required_skills", new TaskPatch { RequiredSkills = ["sql"] } },
        { "area", new TaskPatch { Area = "docs" } },
        { "tier", new TaskPatch { Tier = 2 } },
        { "not_before", new TaskPatch { NotBefore = Given.Start.AddDays(1) } },
        { "depends_on", new TaskPatch { DependsOn = ["t_other"] } },
    };

    [Theory, MemberData(nameof(Matching))]
    public void Edit_WhatDecidesWhoGetsIt_ChangesOnlyWhileNobodyHasIt(string field, TaskPatch patch)
    {
        foreach (var phase in Enum.GetValues<TaskPhase>())
        {
            var refusal = TaskLifecycle.Decide(Given.In(phase), Edit(patch), Given.Soon).Refusal;
            var free = phase is TaskPhase.Ready || (phase is TaskPhase.DeadLetter && field != "depends_on");
            Assert.Equal(free, refusal is null);
            if (refusal is null) continue;
            Assert.Equal(RefusalReason.WrongPhase, refusal.Reason);
            if (phase is not (TaskPhase.Merged or TaskPhase.Cancelled)) Assert.Equal(field, refusal.Field);
        }
    }

    [Fact]
    public void Edit_EveryField_IsAuditedWithBeforeAndAfter()
    {
        var task = Given.Ready(new TaskSpec { Title = "Old", Area = "src", RequiredSkills = ["c#"] }).Then(Edit(new TaskPatch
        {
            Title = "New", Description = "Text", EstimatePoints = 2, Priority = 3, RequiredSkills = [" SQL ", "sql"], Area = "", Tier = 1,
            DependsOn = ["t_2", "t_2"],
        }), Given.Soon);

        var details = task.Event().Details;
        Assert.Equal(("task.edited", "Old", "New"), (task.Event().Type, details["title_before"], details["title"]));
        Assert.Equal(("c#", "SQL", "src"), (details["required_skills_before"], details["required_skills"], details["area_before"]));
        Assert.Equal((null, null, "t_2"), (task.Area, task.AreaKey, Assert.Single(task.DependsOn)));
        Assert.False(details.ContainsKey("not_before"));
    }

    [Fact]
    public void Edit_OtherVersion_IsRefusedUnlessItIsItsOwnEffect()
    {
        var task = Given.Ready();

        var refusal = task.Refuses(Edit(Words, version: task.Version + 1), Given.Soon);
        Assert.Equal((RefusalKind.Conflict, RefusalReason.VersionChanged), (refusal.Kind, refusal.Reason));
        var edited = task.Then(Edit(Words, version: task.Version), Given.Soon);
        edited.StaysOn(Edit(Words, version: task.Version), Given.Soon);
    }

    [Fact]
    public void Edit_NotBefore_PutsOffTheWaitAndComesBack()
    {
        var later = Given.Start.AddDays(1);

        var put = Given.Ready().Then(Edit(new TaskPatch { NotBefore = later }), Given.Soon);
        Assert.Equal((later, later, later), (put.NotBefore, put.EligibleAt, put.ReadyAt));
        var back = put.Then(Edit(new TaskPatch { ClearsNotBefore = true }), Given.Soon);
        Assert.Equal((null, null, Given.Soon), (back.NotBefore, back.EligibleAt, back.ReadyAt));
    }

    [Fact]
    public void Edit_NotBeforeOfARestingTask_EndsNoRest()
    {
        var resting = Given.Leased().Then(Given.GiveBack(retryAfter: TimeSpan.FromMinutes(9)), Given.Start);

        var task = resting.Then(Edit(new TaskPatch { NotBefore = Given.Start.AddMinutes(5) }), Given.Soon);
        Assert.Equal(resting.EligibleAt, task.EligibleAt);
        Assert.Equal(resting.EligibleAt, task.Then(Edit(new TaskPatch { ClearsNotBefore = true }), Given.Soon).EligibleAt);
    }

    private static TaskCommand.Edit Edit(TaskPatch patch, long? version = null) => new(Actors.Admin, patch, version);
}
