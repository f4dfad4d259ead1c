using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

public sealed class ReportTests
{
    private static readonly Artifact Pr = new() { PrUrl = "https://github.com/acme/site/pull/7" };

    /// <summary>Every phase a holder can be in, with every phase there is.</summary>
    public static TheoryData<TaskPhase, TaskPhase> HeldPhasesAndStatuses()
    {
        var data = new TheoryData<TaskPhase, TaskPhase>();
        foreach (var phase in new[] { TaskPhase.Leased, TaskPhase.InProgress, TaskPhase.Blocked, TaskPhase.PrOpened, TaskPhase.Merged })
            foreach (var status in Enum.GetValues<TaskPhase>()) data.Add(phase, status);
        return data;
    }

    [Theory]
    [MemberData(nameof(HeldPhasesAndStatuses))]
    public void Report_AnyStatusFromAnyHeldPhase_FollowsLegalSteps(TaskPhase phase, TaskPhase status)
    {
        var task = Given.In(phase);

        var decision = TaskLifecycle.Decide(task, Given.Report(status), Given.Soon);

        var reportable = status is TaskPhase.InProgress or TaskPhase.Blocked or TaskPhase.PrOpened or TaskPhase.Merged;
        if (reportable && status == phase)
        {
            Assert.Equal(Decision<TaskState>.Unchanged(), decision);
        }
        else if (reportable && TaskPhases.LegalSteps[phase].Contains(status))
        {
            Assert.Equal(status, decision.Next!.Phase);
        }
        else
        {
            Assert.Equal((RefusalKind.Invalid, "status"), (decision.Refusal!.Kind, decision.Refusal.Field));
            if (reportable) Assert.Equal(phase.Wire(), decision.Refusal.Phase);
        }
    }

    [Theory]
    [InlineData(TaskPhase.Leased, TaskPhase.Blocked, "in_progress pr_opened")]
    [InlineData(TaskPhase.InProgress, TaskPhase.Merged, "blocked pr_opened")]
    [InlineData(TaskPhase.Blocked, TaskPhase.Merged, "in_progress pr_opened")]
    [InlineData(TaskPhase.PrOpened, TaskPhase.Blocked, "in_progress merged")]
    [InlineData(TaskPhase.Merged, TaskPhase.InProgress, "")]
    public void Report_IllegalStep_NamesThePhaseAndWhatIsLegal(TaskPhase phase, TaskPhase status, string legal)
    {
        var refusal = Given.In(phase).Refuses(Given.Report(status), Given.Soon);

        Assert.Equal((RefusalKind.Invalid, RefusalReason.WrongPhase, phase.Wire()), (refusal.Kind, refusal.Reason, refusal.Phase));
        Assert.Equal(legal, string.Join(' ', refusal.LegalNext));
        Assert.Contains(status.Wire(), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TaskPhase.Leased, TaskPhase.InProgress, "task.started")]
    [InlineData(TaskPhase.InProgress, TaskPhase.Blocked, "task.blocked")]
    [InlineData(TaskPhase.InProgress, TaskPhase.PrOpened, "task.pr_opened")]
    [InlineData(TaskPhase.PrOpened, TaskPhase.Merged, "task.merged")]
    public void Report_LegalStep_IsAuditedAsTheHolders(TaskPhase from, TaskPhase status, string type)
    {
        var audit = Given.In(from).Then(Given.Report(status, "so it is", Pr), Given.Soon).Event();

        Assert.Equal((type, Given.Holder, from.Wire(), "so it is", Pr.PrUrl, "1"), (audit.Type, audit.Actor,
            audit.Details["phase_before"], audit.Details["message"], audit.Details["pr_url"], audit.Details["fencing_token"]));
    }

    [Theory]
    [InlineData(TaskPhase.InProgress)]
    [InlineData(TaskPhase.Blocked)]
    [InlineData(TaskPhase.PrOpened)]
    public void Report_SameWordsAgain_IsOneEffect(TaskPhase status)
    {
        var report = Given.Report(status, "so it is", Pr, token: Given.Token);
        var task = Given.In(status).Then(report, Given.Soon);

        task.StaysOn(report, Given.Soon);
        task.StaysOn(Given.Report(status), Given.Soon);
    }

    [Fact]
    public void Report_NewWordsInTheSamePhase_IsANoteThatMovesNothing()
    {
        var before = Given.In(TaskPhase.InProgress);

        var task = before.Then(Given.Report(TaskPhase.InProgress, "half done", new Artifact { CommitSha = "abc" }), Given.Soon);

        Assert.Equal(("half done", "abc"), (task.Message, task.Artifact.CommitSha));
        Assert.Equal((before.Phase, before.PhaseAt, before.Lease, before.Token), (task.Phase, task.PhaseAt, task.Lease, task.Token));
        Assert.Equal(("task.noted", Given.Holder, "half done"), (task.Event().Type, task.Event().Actor, task.Event().Details["message"]));
    }

    [Fact]
    public void Report_NewArtifactWithoutWords_IsANoteThatKeepsTheWords()
    {
        var task = Given.In(TaskPhase.InProgress).Then(Given.Report(TaskPhase.InProgress, "half done"), Given.Soon)
            .Then(Given.Report(TaskPhase.InProgress, artifact: Pr), Given.Soon);

        Assert.Equal(("half done", Pr.PrUrl, "task.noted"), (task.Message, task.Artifact.PrUrl, task.Event().Type));
    }

    [Fact]
    public void Report_AfterMerged_ChangesNothingWhateverItSays() =>
        Given.In(TaskPhase.Merged).StaysOn(Given.Report(TaskPhase.Merged, "again", Pr), Given.Soon);

    [Fact]
    public void Report_PartsOfAnArtifact_AreLaidOverWhatIsThere()
    {
        var task = Given.Leased()
            .Then(Given.Report(TaskPhase.InProgress, artifact: new Artifact { CommitSha = "a", PatchUrl = "https://x/p", Extra = "{}" }), Given.Soon)
            .Then(Given.Report(TaskPhase.PrOpened, artifact: Pr with { CommitSha = "b" }), Given.Soon);

        Assert.Equal(new Artifact { PrUrl = Pr.PrUrl, CommitSha = "b", PatchUrl = "https://x/p", Extra = "{}" }, task.Artifact);
    }

    [Theory]
    [InlineData(TaskPhase.InProgress, TaskPhase.PrOpened)]
    [InlineData(TaskPhase.Leased, TaskPhase.InProgress)]
    public void Report_OtherThanMerged_NeedsNoMergeRight(TaskPhase from, TaskPhase status) =>
        Assert.Equal(status, Given.In(from).Then(Given.Report(status, mayMerge: false), Given.Soon).Phase);

    [Fact]
    public void Report_InProgressAfterReview_WantsTheAreaHeldFirst()
    {
        var task = Given.In(TaskPhase.PrOpened);
        var report = Given.Report(TaskPhase.InProgress);

        Assert.Equal(RefusalReason.AreaLocked, task.Refuses(report with { HoldsArea = false }, Given.Soon).Reason);
        Assert.Equal(TaskPhase.InProgress, task.Then(report with { HoldsArea = true }, Given.Soon).Phase);
        Assert.Equal(TaskPhase.InProgress, Given.Leased().Then(report with { HoldsArea = false }, Given.Soon).Phase);
    }

    [Theory]
    [InlineData(TaskPhase.Leased)]
    [InlineData(TaskPhase.InProgress)]
    [InlineData(TaskPhase.Blocked)]
    public void Report_PrOpened_EndsTheLeaseAndKeepsTheHolder(TaskPhase from)
    {
        var task = Given.In(from).Then(Given.Report(TaskPhase.PrOpened, "see there", Pr), Given.Soon);

        Assert.Equal((TaskPhase.PrOpened, Given.Holder, Given.Token, 0), (task.Phase, task.WorkerId, task.Token, task.Attempts));
        Assert.Null(task.Lease);
        var attempt = Assert.Single(task.History);
        Assert.Equal((AttemptOutcome.PrOpened, "see there", Given.LeaseId, Given.Start, Given.Soon),
            (attempt.Outcome, attempt.Reason, attempt.LeaseId, attempt.GrantedAt, attempt.EndedAt));
        // Review takes as long as it takes.
        task.StaysOn(new TaskCommand.Expire(Given.LeaseId, Given.MaxAttempts), Given.LeaseEnd.AddDays(30));
    }

    [Fact]
    public void Report_InProgressUnderReview_ResumesTheSameLeaseForAWholeTtl()
    {
        var later = Given.LeaseEnd.AddDays(3);

        var task = Given.In(TaskPhase.PrOpened)
            .Then(Given.Report(TaskPhase.InProgress, leaseId: Given.LeaseId, token: Given.Token, ttl: 600), later);

        var expected = new Lease
        {
            LeaseId = Given.LeaseId, GrantedAt = Given.Start, ResumedAt = later, ExpiresAt = later.AddSeconds(600), TtlSeconds = 600,
        };
        Assert.Equal(expected, task.Lease);
        Assert.Equal((Given.Holder, Given.Token, "task.started"), (task.WorkerId, task.Token, task.Event().Type));
        task = task.Then(Given.Report(TaskPhase.PrOpened, token: Given.Token), later);
        Assert.Equal([Given.LeaseId, Given.LeaseId], task.History.Select(attempt => attempt.LeaseId));
        Assert.Equal([Given.Start, later], task.History.Select(attempt => attempt.GrantedAt));
    }

    [Fact]
    public void Report_ResumedLease_ExpiresLikeAnyOther()
    {
        var task = Given.In(TaskPhase.PrOpened).Then(Given.Report(TaskPhase.InProgress, ttl: 600), Given.Soon)
            .Then(new TaskCommand.Expire(Given.LeaseId, Given.MaxAttempts), Given.Soon.AddSeconds(600));

        Assert.Equal((TaskPhase.Ready, 1), (task.Phase, task.Attempts));
        Assert.Equal([AttemptOutcome.PrOpened, AttemptOutcome.Expired], task.History.Select(attempt => attempt.Outcome));
    }

    [Theory]
    [InlineData("l_9", null)]
    [InlineData(null, 2L)]
    public void Report_UnderReviewWithAnotherLease_IsStale(string? leaseId, long? token)
    {
        var report = Given.Report(TaskPhase.InProgress, leaseId: leaseId, token: token);

        Assert.Equal(RefusalReason.StaleToken, Given.In(TaskPhase.PrOpened).Refuses(report, Given.Soon).Reason);
    }

    [Fact]
    public void Report_OneMillisecondBeforeTheEnd_StillCounts()
    {
        var task = Given.In(TaskPhase.InProgress);

        Assert.Equal(TaskPhase.PrOpened, task.Then(Given.Report(TaskPhase.PrOpened), Given.LeaseEnd.AddMilliseconds(-1)).Phase);
        var refusal = task.Refuses(Given.Report(TaskPhase.PrOpened), Given.LeaseEnd);
        Assert.Equal((RefusalKind.Conflict, RefusalReason.LeaseExpired), (refusal.Kind, refusal.Reason));
        Assert.Contains("2026-01-18T09:00:00.000Z", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_HolderOfAnEarlierAndTheLaterLease_IsHeldToTheLater()
    {
        var task = Given.Leased().Then(Given.GiveBack(), Given.Soon).Then(Given.Grant(token: 2), Given.Soon);

        Assert.Equal(RefusalReason.StaleToken, task.Refuses(Given.Report(TaskPhase.InProgress, token: 1), Given.Soon).Reason);
        Assert.Equal(RefusalReason.StaleToken, task.Refuses(Given.Report(TaskPhase.InProgress, leaseId: "l_1"), Given.Soon).Reason);
        Assert.Equal(TaskPhase.InProgress, task.Then(Given.Report(TaskPhase.InProgress, leaseId: "l_2", token: 2), Given.Soon).Phase);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Report_ByAnother_DependsOnWhetherItEverHeldTheTask(bool heldBefore)
    {
        var task = Given.Leased().Then(Given.GiveBack(), Given.Soon).Then(Given.Grant(token: 2, "w_third"), Given.Soon);

        var refusal = task.Refuses(Given.Report(TaskPhase.InProgress, worker: heldBefore ? Given.Holder : Given.Stranger), Given.Soon);

        Assert.Equal(heldBefore ? (RefusalKind.Conflict, RefusalReason.LeaseLost) : (RefusalKind.Forbidden, RefusalReason.NotHolder),
            (refusal.Kind, refusal.Reason));
    }
}
