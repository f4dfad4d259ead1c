namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>The checker can fail: each promise broken once, by hand, in a history that is right otherwise.</summary>
public sealed class HistoryCheckerTests
{
    private readonly PlantedPool _pool = new();

    [Fact]
    public void Check_WholeLifeThroughReviewAndRelease_IsClean()
    {
        _pool.CreateTask("t_1", "src");
        _pool.Release(_pool.Lease("t_1", "w_1", 1), "w_1", "leased");
        var lease = _pool.Lease("t_1", "w_2", 2);
        _pool.Report(lease, "w_2", "leased", "in_progress");
        _pool.Report(lease, "w_2", "in_progress", "pr_opened");
        _pool.Report(lease, "w_2", "pr_opened", "merged");

        Assert.Empty(_pool.Check());
    }

    [Fact]
    public void Check_GrantedWhileHeld_IsFound()
    {
        _pool.CreateTask("t_1");
        _pool.Lease("t_1", "w_1", 1);
        _pool.Reserve("t_1", 1);
        _pool.Grant("t_1", "w_2", 2, phaseBefore: "leased");

        AssertFound("granted while w_1 holds it");
    }

    [Fact]
    public void Check_TwoWorkersToldOfOneLease_IsFound()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        var other = _pool.Ask(OperationKind.GetWork, "w_2");
        other.Leases = [lease];
        _pool.Answer(other, OperationOutcome.Ok);

        AssertFound("which was never granted to it");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Check_TokenThatDoesNotGrow_IsFound(long second)
    {
        _pool.CreateTask("t_1");
        _pool.Release(_pool.Lease("t_1", "w_1", 2), "w_1", "leased");
        _pool.Lease("t_1", "w_2", second);

        AssertFound($"token {second} after 2");
    }

    [Fact]
    public void Check_AcknowledgedTaskGone_IsFound()
    {
        _pool.CreateTask("t_1");
        var lost = _pool.Ask(OperationKind.CreateTask, AdminTraffic.Admin);
        lost.Answer = "t_2";
        _pool.Answer(lost, OperationOutcome.Ok);

        AssertFound("was acknowledged, and the task is gone");
    }

    [Fact]
    public void Check_LeaseToldAndGone_IsFound()
    {
        _pool.CreateTask("t_1");
        var claim = _pool.Ask(OperationKind.Claim, "w_1");
        claim.Leases = [new ToldLease("t_1", "l_lost", _pool.Now, 1)];
        _pool.Answer(claim, OperationOutcome.Ok);

        AssertFound("which was never granted to it");
    }

    [Fact]
    public void Check_LeaseToldForLongerThanStored_IsFound()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        var renewal = _pool.Ask(OperationKind.Renew, "w_1") with { Target = "t_1", LeaseId = lease.LeaseId };
        renewal.Leases = [lease with { ExpiresAt = lease.ExpiresAt.AddMinutes(1), Phase = null }];
        _pool.Answer(renewal, OperationOutcome.Ok);

        AssertFound("its stored ends are");
    }

    [Fact]
    public void Check_AcknowledgedReportGone_IsFound()
    {
        _pool.CreateTask("t_1");
        _pool.Report(_pool.Lease("t_1", "w_1", 1), "w_1", "leased", "in_progress", isStored: false);

        AssertFound("was acknowledged, and its effect is gone");
    }

    [Fact]
    public void Check_AcknowledgedReleaseThatIsUndone_IsFound()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        _pool.Release(lease, "w_1", "leased");
        var look = _pool.Ask(OperationKind.Describe, "w_1");
        look.Leases = [lease];
        _pool.Answer(look, OperationOutcome.Ok);

        AssertFound("between #5 and #5 there was");
    }

    [Fact]
    public void Check_HeldLeaseLeftOut_IsFound()
    {
        _pool.CreateTask("t_1");
        _pool.Lease("t_1", "w_1", 1);
        _pool.Answer(_pool.Ask(OperationKind.GetWork, "w_1"), OperationOutcome.Ok);

        AssertFound("was not told of t_1");
    }

    [Fact]
    public void Check_HolderToldThatItsLeaseIsLost_IsFound()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        _pool.Report(lease, "w_1", "leased", "in_progress", OperationOutcome.Refused, isStored: false).Reason = "lease_lost";

        AssertFound("held the task all along");
    }

    [Fact]
    public void Check_RefusedReportWithAnEffect_IsFound()
    {
        _pool.CreateTask("t_1");
        _pool.Report(_pool.Lease("t_1", "w_1", 1), "w_1", "leased", "in_progress", OperationOutcome.Refused);

        AssertFound("was refused, and its effect is stored");
    }

    [Fact]
    public void Check_UnknownOutcomes_CountEitherWay()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        _pool.Report(lease, "w_1", "leased", "in_progress", OperationOutcome.Unknown);
        _pool.Report(lease, "w_1", "in_progress", "pr_opened", OperationOutcome.Unknown, isStored: false);

        Assert.Empty(_pool.Check());
    }

    [Fact]
    public void Check_OneRequestWithTwoEffects_IsFound()
    {
        _pool.CreateTask("t_1");
        var created = _pool.Operations[0];
        _pool.Log("task.created", AdminTraffic.Admin, "t_2", ("phase", "ready"), ("title", created.Marker));

        AssertFound("has 2 effects");
    }

    [Fact]
    public void Check_StaleTokenChangedAState_IsFound()
    {
        _pool.CreateTask("t_1");
        var first = _pool.Lease("t_1", "w_1", 1);
        _pool.Release(first, "w_1", "leased");
        var second = _pool.Lease("t_1", "w_1", 2);
        _pool.Report(second with { Token = 1 }, "w_1", "leased", "in_progress", storedToken: 2);

        AssertFound("was accepted; the token was 2");
    }

    [Fact]
    public void Check_FormerHolderChangedAState_IsFound()
    {
        _pool.CreateTask("t_1");
        var first = _pool.Lease("t_1", "w_1", 1);
        _pool.Release(first, "w_1", "leased");
        _pool.Lease("t_1", "w_2", 2);
        _pool.Report(first, "w_1", "leased", "in_progress", storedToken: 2);

        AssertFound("w_2 holds it");
    }

    [Fact]
    public void Check_ReportAfterTheLeaseEnded_IsFound()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        for (var i = 0; i <= PlantedPool.LeaseTtl.TotalSeconds; i++) _pool.Ask(OperationKind.State, AdminTraffic.Admin);
        _pool.Report(lease, "w_1", "leased", "in_progress");

        AssertFound("the lease ended at");
    }

    [Fact]
    public void Check_LeaseEndedTooEarly_IsFound()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        _pool.End("task.expired", "system", lease, "w_1", "leased", ("outcome", "Expired"));

        AssertFound("the lease runs until");
    }

    [Fact]
    public void Check_ForgedTokenAccepted_IsFound()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        var forged = _pool.Ask(OperationKind.ForgedReport, "w_1") with { Target = "t_1", Token = lease.Token, Asked = "in_progress" };
        _pool.Log("task.started", "w_1", "t_1",
            ("phase", "in_progress"), ("phase_before", "leased"), ("fencing_token", "1"), ("message", forged.Marker));
        _pool.Answer(forged, OperationOutcome.Ok);

        AssertFound("was accepted with a token that is not its actor's");
    }

    [Fact]
    public void Check_ReservedBeyondTheBudget_IsFound()
    {
        for (var i = 1; i <= 4; i++)
        {
            _pool.CreateTask($"t_{i}");
            _pool.Lease($"t_{i}", $"w_{i}", 1, inUse: i);
        }

        AssertFound("4 tasks in use, 3 allowed");
    }

    [Fact]
    public void Check_GrantedBeyondTheBudgetThatTheLedgerKeeps_IsFound()
    {
        for (var i = 1; i <= 4; i++)
        {
            _pool.CreateTask($"t_{i}");
            // A ledger that forgets what it has granted stays within its budget.
            _pool.Lease($"t_{i}", $"w_{i}", 1, inUse: 1);
        }

        AssertFound("4 tasks hold the budget of 3");
    }

    [Fact]
    public void Check_LimitLoweredUnderWhatIsHeld_IsClean()
    {
        for (var i = 1; i <= 3; i++)
        {
            _pool.CreateTask($"t_{i}");
            _pool.Lease($"t_{i}", $"w_{i}", 1, inUse: i);
        }
        _pool.Settings("repo.updated", 1);

        Assert.Empty(_pool.Check());
    }

    [Fact]
    public void Check_AreaHeldTwice_IsFound()
    {
        _pool.CreateTask("t_1", "src");
        _pool.CreateTask("t_2", "src");
        _pool.Lease("t_1", "w_1", 1);
        _pool.Lease("t_2", "w_2", 1, inUse: 2);

        AssertFound("takes the area src of acme/shop that t_1 (leased) holds");
    }

    [Fact]
    public void Check_AcknowledgedLimitNeverInForce_IsFound()
    {
        var upsert = _pool.Ask(OperationKind.UpsertRepo, AdminTraffic.Admin) with { Target = PlantedPool.Repo, Asked = "7" };
        _pool.Answer(upsert, OperationOutcome.Ok);

        AssertFound("was acknowledged and never in force");
    }

    [Fact]
    public void Check_StateWithoutItsEvent_IsFound()
    {
        _pool.CreateTask("t_1");
        _pool.Rows = image => image with { Tasks = [.. image.Tasks.Select(task => task with { Phase = "merged" })] };

        AssertFound("The state of t_1 is");
    }

    [Fact]
    public void Check_EventWithoutItsState_IsFound()
    {
        _pool.CreateTask("t_1");
        _pool.Rows = image => image with { Tasks = [] };

        AssertFound("t_1 has events and no state");
    }

    [Fact]
    public void Check_LedgerThatMissesATask_IsFound()
    {
        _pool.CreateTask("t_1");
        _pool.Lease("t_1", "w_1", 1);
        _pool.Rows = image => image with { Repos = [.. image.Repos.Select(repo => repo with { Ledger = [] })] };

        AssertFound("The ledger of acme/shop misses t_1");
    }

    [Fact]
    public void AnsweredKey_AnotherAnswerThanTheFirst_IsFound()
    {
        var history = new History();
        history.AnsweredKey("w_1", "key", "200 {}");
        history.AnsweredKey("w_2", "key", "200 {\"ok\":true}");
        Assert.Empty(history.Violations);
        history.AnsweredKey("w_1", "key", "200 {\"ok\":true}");

        Assert.Single(history.Violations);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Check_ClaimRepeatedByItsKey_TakesMoreOnlyWhereItHasTakenNothing(bool hasTaken)
    {
        _pool.CreateTask("t_1");
        _pool.CreateTask("t_2");
        var taken = hasTaken ? new[] { _pool.Lease("t_1", "w_1", 1) } : [];
        var first = _pool.Ask(OperationKind.KeyedClaim, "w_1") with { Key = "key", Leases = taken, TookWork = hasTaken };
        _pool.Answer(first, OperationOutcome.Ok);

        var again = _pool.Ask(OperationKind.KeyedClaim, "w_1") with { Key = "key", TookWork = true };
        _pool.Reserve("t_2", taken.Length + 1);
        again.Leases = [.. taken, _pool.Grant("t_2", "w_1", 1)];
        _pool.Answer(again, OperationOutcome.Ok);

        if (hasTaken) AssertFound("its key had taken work before");
        else Assert.Empty(_pool.Check());
    }

    [Fact]
    public void Check_UnconfirmedMergePutBackByAMaintainer_IsClean()
    {
        Merge();
        _pool.Log("task.requeued", AdminTraffic.Admin, "t_1", ("phase", "ready"), ("phase_before", "merged"));

        Assert.Empty(_pool.Check());
    }

    [Fact]
    public void Check_MergedAndStartedAgain_IsFound()
    {
        var lease = Merge();
        _pool.Report(lease, "w_1", "merged", "in_progress");

        AssertFound("merged is final");
    }

    private ToldLease Merge()
    {
        _pool.CreateTask("t_1");
        var lease = _pool.Lease("t_1", "w_1", 1);
        _pool.Report(lease, "w_1", "leased", "pr_opened");
        _pool.Report(lease, "w_1", "pr_opened", "merged");
        return lease;
    }

    private void AssertFound(string violation) =>
        Assert.Contains(_pool.Check(), found => found.Contains(violation, StringComparison.Ordinal));
}
