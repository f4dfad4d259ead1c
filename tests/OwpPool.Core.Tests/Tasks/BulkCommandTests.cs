using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>One of many tasks: by its own rules, as it was found, and once.</summary>
public sealed class BulkCommandTests
{
    private static readonly TaskCommand.Requeue Requeue = new(Actors.Admin, "why");

    [Fact]
    public void InBulk_TaskAsItWasFound_ChangesAndItsEventNamesTheAct()
    {
        var held = Given.In(TaskPhase.InProgress);
        var task = held.Then(InBulk(held, Requeue), Given.Soon);

        Assert.Equal(TaskPhase.Ready, task.Phase);
        Assert.Equal(("b_1", "why", "task.requeued"), (task.Event().Details["bulk_id"], task.Event().Details["reason"], task.Event().Type));
    }

    [Fact]
    public void InBulk_ActWithoutAReason_HasThatOfTheWhole()
    {
        var ready = Given.Ready();
        var edited = ready.Then(InBulk(ready, new TaskCommand.Edit(Actors.Admin, new TaskPatch { Priority = 80 }, null)), Given.Soon);

        Assert.Equal(("80", "all of them"), (edited.Event().Details["priority"], edited.Event().Details["reason"]));
    }

    [Fact]
    public void InBulk_TaskThatHasChangedSince_IsRefusedThoughTheActWouldBeAllowed()
    {
        var held = Given.In(TaskPhase.InProgress);
        var blocked = held.Then(Given.Report(TaskPhase.Blocked), Given.Soon);

        Assert.Equal(RefusalReason.VersionChanged, blocked.Refuses(InBulk(held, Requeue), Given.Soon).Reason);
    }

    [Fact]
    public void InBulk_Repeated_ChangesNothingMore()
    {
        var held = Given.In(TaskPhase.InProgress);
        held.Then(InBulk(held, Requeue), Given.Soon).StaysOn(InBulk(held, Requeue), Given.LeaseEnd);
    }

    [Fact]
    public void InBulk_WhatTheRulesForbid_IsRefusedAsAlone()
    {
        var cancelled = Given.In(TaskPhase.Cancelled);
        Assert.Equal(cancelled.Refuses(Requeue, Given.Soon).Message, cancelled.Refuses(InBulk(cancelled, Requeue), Given.Soon).Message);
    }

    private static TaskCommand.InBulk InBulk(TaskState found, TaskCommand act) => new("b_1", found.Version, "all of them", act);
}
