using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>How leases are moved on, run out and are given back (rules 6 and 8).</summary>
public sealed class LeaseEndTests
{
    private static readonly TaskCommand.Expire Expire = new(Given.LeaseId, Given.MaxAttempts);

    public static TheoryData<TaskPhase> LeasedPhases() => [TaskPhase.Leased, TaskPhase.InProgress, TaskPhase.Blocked];

    [Fact]
    public void IsExpired_AroundTheInstant_CountsTheInstantItself()
    {
        var lease = Given.Leased().Lease!;

        Assert.False(lease.IsExpired(Given.LeaseEnd.AddMilliseconds(-1)));
        Assert.True(lease.IsExpired(Given.LeaseEnd));
        Assert.True(lease.IsExpired(Given.LeaseEnd.AddMilliseconds(1)));
    }

    [Theory]
    [MemberData(nameof(LeasedPhases))]
    public void Expire_OneMillisecondBefore_ChangesNothing(TaskPhase phase) =>
        Given.In(phase).StaysOn(Expire, Given.LeaseEnd.AddMilliseconds(-1));

    [Theory]
    [MemberData(nameof(LeasedPhases))]
    public void Expire_AtTheInstant_ReturnsTheTaskFromAnyLeasedPhase(TaskPhase phase)
    {
        var task = Given.In(phase).Then(Expire, Given.LeaseEnd);

        Assert.Equal((TaskPhase.Ready, 1, Given.Token), (task.Phase, task.Attempts, task.Token));
        Assert.Null(task.WorkerId);
        Assert.Null(task.Lease);
        Assert.Null(task.EligibleAt);
        Assert.Equal(Given.Start, task.ReadyAt);
        var attempt = Assert.Single(task.History);
        Assert.Equal((Given.Holder, Given.LeaseId, Given.Token, AttemptOutcome.Expired),
            (attempt.WorkerId, attempt.LeaseId, attempt.Token, attempt.Outcome));
        Assert.Equal((Given.Start, Given.LeaseEnd), (attempt.GrantedAt, attempt.EndedAt));
        Assert.Contains("2026-01-18T09:00:00.000Z", attempt.Reason, StringComparison.Ordinal);
        var audit = task.Event();
        Assert.Equal(("task.expired", Actors.System, Given.Holder, phase.Wire()),
            (audit.Type, audit.Actor, audit.Details["worker_id"], audit.Details["phase_before"]));
    }

    [Fact]
    public void Expire_AnotherLease_ChangesNothing() =>
        Given.Leased().StaysOn(new TaskCommand.Expire("l_0", Given.MaxAttempts), Given.LeaseEnd);

    [Fact]
    public void Expire_Twice_CountsOnce() =>
        Given.Leased().Then(Expire, Given.LeaseEnd).StaysOn(Expire, Given.LeaseEnd);

    [Fact]
    public void Renew_RunningLease_MovesItsEndOnly()
    {
        var before = Given.In(TaskPhase.InProgress);

        var task = before.Then(new TaskCommand.Renew(Given.LeaseId, Given.LeaseEnd.AddHours(2)), Given.LeaseEnd.AddMilliseconds(-1));

        Assert.Equal(before.Lease! with { ExpiresAt = Given.LeaseEnd.AddHours(2) }, task.Lease);
        Assert.Equal((before.Phase, before.Token, before.PhaseAt, before.Attempts), (task.Phase, task.Token, task.PhaseAt, task.Attempts));
        var audit = task.Event();
        Assert.Equal(("task.lease_renewed", Given.Holder), (audit.Type, audit.Actor));
        Assert.Equal(("2026-01-18T09:00:00.000Z", "2026-01-18T11:00:00.000Z"),
            (audit.Details["expires_before"], audit.Details["lease_expires_at"]));
        task.StaysOn(Expire, Given.LeaseEnd);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Renew_NotPastTheEnd_ChangesNothing(int milliseconds) =>
        Given.Leased().StaysOn(new TaskCommand.Renew(Given.LeaseId, Given.LeaseEnd.AddMilliseconds(milliseconds)), Given.Soon);

    [Fact]
    public void Renew_AtTheInstant_ComesTooLate()
    {
        var refusal = Given.Leased().Refuses(new TaskCommand.Renew(Given.LeaseId, Given.LeaseEnd.AddHours(2)), Given.LeaseEnd);

        Assert.Equal((RefusalKind.Conflict, RefusalReason.LeaseExpired), (refusal.Kind, refusal.Reason));
    }

    [Theory]
    [MemberData(nameof(LeasedPhases))]
    public void GiveBack_ByHolder_DoesNotCountAndWaitsAsAsked(TaskPhase phase)
    {
        var task = Given.In(phase).Then(Given.GiveBack(reason: "too hard", retryAfter: TimeSpan.FromMinutes(3)), Given.Soon);

        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
        Assert.Equal(Given.Soon.AddMinutes(3), task.EligibleAt);
        Assert.Equal((AttemptOutcome.Released, "too hard"), (task.History[^1].Outcome, task.History[^1].Reason));
        var audit = task.Event();
        Assert.Equal(("task.released", Given.Holder, "too hard"), (audit.Type, audit.Actor, audit.Details["reason"]));
    }

    [Theory]
    [InlineData(AttemptOutcome.Failed, "task.failed", Given.Holder)]
    [InlineData(AttemptOutcome.Offline, "task.worker_lost", Actors.System)]
    public void GiveBack_FailedOrOffline_CountsAndIgnoresTheWishedWait(AttemptOutcome outcome, string type, string actor)
    {
        var task = Given.Leased().Then(Given.GiveBack(outcome, actor: actor, retryAfter: TimeSpan.FromHours(1)), Given.Soon);

        Assert.Equal((TaskPhase.Ready, 1), (task.Phase, task.Attempts));
        Assert.Null(task.EligibleAt);
        Assert.Equal((type, actor), (task.Event().Type, task.Event().Actor));
    }

    [Theory]
    [InlineData(Given.LeaseId, null)]
    [InlineData(null, Given.Token)]
    [InlineData(Given.LeaseId, Given.Token)]
    [InlineData(null, null)]
    public void GiveBack_WithWhatTheHolderKnows_IsAccepted(string? leaseId, long? token) =>
        Assert.Equal(TaskPhase.Ready, Given.Leased().Then(Given.GiveBack(leaseId: leaseId, token: token), Given.Soon).Phase);

    [Theory]
    [InlineData("l_9", null)]
    [InlineData(null, 0L)]
    [InlineData(null, 2L)]
    [InlineData("l_9", Given.Token)]
    [InlineData(Given.LeaseId, 0L)]
    public void GiveBack_WithAnotherLease_IsStaleForTheHolderAndNothingToThePool(string? leaseId, long? token)
    {
        var task = Given.Leased();

        var refusal = task.Refuses(Given.GiveBack(leaseId: leaseId, token: token), Given.Soon);

        Assert.Equal((RefusalKind.Conflict, RefusalReason.StaleToken), (refusal.Kind, refusal.Reason));
        task.StaysOn(Given.GiveBack(AttemptOutcome.Offline, leaseId: leaseId, token: token, actor: Actors.System), Given.Soon);
    }

    [Fact]
    public void GiveBack_FormerHolder_HasLostTheLeaseWhoeverHoldsItNow()
    {
        var lost = Given.Leased().Then(Expire, Given.LeaseEnd);
        var passedOn = lost.Then(Given.Grant(token: 2, Given.Stranger), Given.LeaseEnd);

        Assert.Equal(RefusalReason.LeaseLost, lost.Refuses(Given.GiveBack(), Given.LeaseEnd).Reason);
        Assert.Equal(RefusalReason.LeaseLost, passedOn.Refuses(Given.GiveBack(), Given.LeaseEnd).Reason);
        passedOn.StaysOn(Given.GiveBack(AttemptOutcome.Offline, actor: Actors.System), Given.LeaseEnd);
    }

    [Fact]
    public void GiveBack_SameRequestAgain_IsOneEffectWhateverCameSince()
    {
        var request = Given.GiveBack(AttemptOutcome.Failed, leaseId: Given.LeaseId, requestKey: "key-1");
        var task = Given.Leased().Then(request, Given.Soon);

        task.StaysOn(request, Given.Soon);
        var passedOn = task.Then(Given.Grant(token: 2, Given.Stranger), Given.Soon);
        passedOn.StaysOn(request, Given.Soon);
        Assert.Equal(RefusalReason.LeaseLost, passedOn.Refuses(request with { RequestKey = "key-2" }, Given.Soon).Reason);
        Assert.Equal(RefusalReason.LeaseLost, passedOn.Refuses(request with { RequestKey = null }, Given.Soon).Reason);
        // Another worker's key of the same text is another request.
        Assert.Equal(TaskPhase.Ready, passedOn.Then(Given.GiveBack(worker: Given.Stranger, requestKey: "key-1"), Given.Soon).Phase);
    }

    [Fact]
    public void CountedAttempts_OneAfterAnother_BackOffAndEndAsDeadLetter()
    {
        int[] waits = [0, 30, 120, 600];
        var (task, now) = (Given.Ready(), Given.Start);
        for (var attempt = 1; attempt < Given.MaxAttempts; attempt++)
        {
            task = task.Then(Given.Grant(attempt, ttl: 60), now).Then(new TaskCommand.Expire($"l_{attempt}", Given.MaxAttempts), now.AddSeconds(60));
            now = now.AddSeconds(60);
            Assert.Equal((TaskPhase.Ready, attempt), (task.Phase, task.Attempts));
            Assert.Equal(waits[attempt - 1] == 0 ? null : now.AddSeconds(waits[attempt - 1]), task.EligibleAt);
        }

        task = task.Then(Given.Grant(5, ttl: 60), now).Then(Given.GiveBack(AttemptOutcome.Failed, "the build is red"), now);

        Assert.Equal((TaskPhase.DeadLetter, 5, "task.dead_lettered"), (task.Phase, task.Attempts, task.Event().Type));
        Assert.Null(task.EligibleAt);
        Assert.Null(task.WorkerId);
        Assert.Equal(Given.Start, task.ReadyAt);
        Assert.Equal([1, 2, 3, 4, 5], task.History.Select(attempt => attempt.Token));
        Assert.All(task.History, attempt => Assert.False(string.IsNullOrEmpty(attempt.Reason)));
        Assert.Equal("the build is red", task.History[^1].Reason);
    }

    [Fact]
    public void Releases_HoweverMany_NeverKillTheTaskAndKeepABoundedHistory()
    {
        var task = Given.Ready();
        for (var token = 1; token <= TaskState.KeptHistory + 5; token++)
            task = task.Then(Given.Grant(token), Given.Start).Then(Given.GiveBack(maxAttempts: 1), Given.Soon);

        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
        Assert.Equal(Enumerable.Range(6, TaskState.KeptHistory).Select(token => (long)token), task.History.Select(attempt => attempt.Token));
    }

    [Fact]
    public void GiveBack_AfterAnEarlierBackoff_EndsTheRest()
    {
        var task = Given.Ready();
        for (var token = 1; token <= 2; token++)
            task = task.Then(Given.Grant(token), Given.Start).Then(Given.GiveBack(AttemptOutcome.Failed), Given.Soon);
        Assert.NotNull(task.EligibleAt);

        task = task.Then(Given.Grant(3), Given.Soon).Then(Given.GiveBack(), Given.Soon);

        Assert.Null(task.EligibleAt);
        Assert.Equal(2, task.Attempts);
    }
}
