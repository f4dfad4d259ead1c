using OwpPool.Core.Shared;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Workers;

public sealed class WorkerLifecycleTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly LivenessRules Rules = LivenessRules.Default;
    private static readonly Hearing Heard = Hearing.From(Start.AddDays(-1));
    private static readonly WorkerProfile Profile = new()
    {
        Name = "Ada",
        GithubHandle = "ada",
        Skills = [" C#", "c#", "", "Go"],
        CapacityPoints = 8,
        MaxConcurrentTasks = 3,
    };

    public static TheoryData<WorkerStatus> Statuses() => [.. Enum.GetValues<WorkerStatus>()];

    [Fact]
    public void Default_Rules_AreThoseOfRule7()
    {
        Assert.Equal(TimeSpan.FromSeconds(90), Rules.HeartbeatTtl);
        Assert.Equal(TimeSpan.FromMinutes(5), Rules.OfflineGrace);
        Assert.Equal(TimeSpan.FromMinutes(1), Rules.SeenWriteInterval);
    }

    [Fact]
    public void Register_NewWorker_IsIdleBasicAndSeenNow()
    {
        var worker = Registered();

        Assert.Equal(("w_1", "Ada", "ada", "hash"), (worker.WorkerId, worker.Name, worker.GithubHandle, worker.TokenHash));
        Assert.Equal(["C#", "Go"], worker.Skills);
        Assert.Equal((8, 3), (worker.CapacityPoints, worker.MaxConcurrentTasks));
        Assert.Equal((WorkerStatus.Idle, TrustTier.Basic, false, false), (worker.Status, worker.TrustTier, worker.PausedByAdmin, worker.Revoked));
        Assert.Equal((Start, Start), (worker.RegisteredAt, worker.LastSeenAt));
        Assert.True(worker.Exists);
    }

    [Fact]
    public void Register_Accepted_IsAuditedWithoutTheTokenHash()
    {
        var audit = Assert.Single(Registered().Events);

        Assert.Equal(("worker.registered", "w_1", "w_1", Start, null), (audit.Type, audit.Actor, audit.Target, audit.At, audit.Repo));
        Assert.Equal(("Ada", "C# Go", "idle"), (audit.Details["name"], audit.Details["skills"], audit.Details["status"]));
        Assert.DoesNotContain("hash", audit.Details.Values);
    }

    [Fact]
    public void Register_TakenId_IsRefused()
    {
        var decision = WorkerLifecycle.Register(Registered(), "w_1", Profile, "other", Start);

        Assert.Null(decision.Next);
        Assert.Equal((RefusalKind.Conflict, RefusalReason.AlreadyExists), (decision.Refusal!.Kind, decision.Refusal.Reason));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(59_999, false)]
    [InlineData(60_000, true)]
    [InlineData(60_001, true)]
    [InlineData(-59_999, false)]
    [InlineData(-60_000, true)]
    [InlineData(-3_600_000, true)]
    public void Seen_SameStatus_IsStoredOncePerInterval(int milliseconds, bool stored)
    {
        var now = Start.AddMilliseconds(milliseconds);

        var decision = WorkerLifecycle.Seen(Registered(), WorkerStatus.Idle, "still here", Rules, now);

        Assert.Null(decision.Refusal);
        Assert.Equal(stored ? now : null, decision.Next?.LastSeenAt);
        if (decision.Next is not { } next) return;
        var audit = Assert.Single(next.Events);
        Assert.Equal(("worker.seen", "w_1", "still here"), (audit.Type, audit.Actor, audit.Details["note"]));
    }

    [Theory]
    [InlineData(WorkerStatus.Idle, WorkerStatus.Paused, "worker.paused")]
    [InlineData(WorkerStatus.Idle, WorkerStatus.Offline, "worker.went_offline")]
    [InlineData(WorkerStatus.Working, WorkerStatus.Paused, "worker.paused")]
    [InlineData(WorkerStatus.Working, WorkerStatus.Offline, "worker.went_offline")]
    [InlineData(WorkerStatus.Paused, WorkerStatus.Idle, "worker.resumed")]
    [InlineData(WorkerStatus.Paused, WorkerStatus.Working, "worker.resumed")]
    [InlineData(WorkerStatus.Paused, WorkerStatus.Offline, "worker.went_offline")]
    [InlineData(WorkerStatus.Offline, WorkerStatus.Idle, "worker.came_online")]
    [InlineData(WorkerStatus.Offline, WorkerStatus.Working, "worker.came_online")]
    [InlineData(WorkerStatus.Offline, WorkerStatus.Paused, "worker.paused")]
    public void Seen_OtherStatus_IsStoredAtOnceUnderItsOwnType(WorkerStatus from, WorkerStatus to, string type)
    {
        var now = Start.AddMilliseconds(1);

        var next = WorkerLifecycle.Seen(Registered() with { Status = from }, to, "lunch", Rules, now).Next!;

        Assert.Equal((to, now), (next.Status, next.LastSeenAt));
        var audit = Assert.Single(next.Events);
        Assert.Equal((type, "w_1", "w_1", now), (audit.Type, audit.Actor, audit.Target, audit.At));
        Assert.Equal((from, to, "lunch"), (Enum.Parse<WorkerStatus>(audit.Details["status_before"]!, ignoreCase: true),
            Enum.Parse<WorkerStatus>(audit.Details["status"]!, ignoreCase: true), audit.Details["note"]));
    }

    [Theory]
    [InlineData(WorkerStatus.Idle, WorkerStatus.Working)]
    [InlineData(WorkerStatus.Working, WorkerStatus.Idle)]
    public void Seen_BetweenIdleAndWorking_IsNoChangeAndStoredWithTheNextSign(WorkerStatus from, WorkerStatus to)
    {
        var worker = Registered() with { Status = from };

        Assert.Equal(Decision<WorkerState>.Unchanged(), WorkerLifecycle.Seen(worker, to, "at it", Rules, Start.AddMilliseconds(1)));
        var next = WorkerLifecycle.Seen(worker, to, "at it", Rules, Start + Rules.SeenWriteInterval).Next!;
        Assert.Equal((to, "worker.seen"), (next.Status, Assert.Single(next.Events).Type));
    }

    [Fact]
    public void Seen_WithoutNote_SaysNoneInTheEvent() => Assert.DoesNotContain("note",
        Assert.Single(WorkerLifecycle.Seen(Registered(), WorkerStatus.Paused, null, Rules, Start).Next!.Events).Details.Keys);

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Silent_OneMillisecondBefore_ChangesNothing(WorkerStatus status) => Assert.Equal(Decision<WorkerState>.Unchanged(),
        WorkerLifecycle.Silent(Registered() with { Status = status }, Start, Rules, Heard, Start.AddMilliseconds(89_999)));

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Silent_AtTheInstant_IsOfflineOnce(WorkerStatus status)
    {
        // The last sign of life is younger than the stored one: heartbeats are stored at most once a minute.
        var lastSeen = Start.AddSeconds(30);

        var decision = WorkerLifecycle.Silent(Registered() with { Status = status }, lastSeen, Rules, Heard, lastSeen.AddSeconds(90));

        if (status is WorkerStatus.Offline)
        {
            Assert.Equal(Decision<WorkerState>.Unchanged(), decision);
            return;
        }
        var next = decision.Next!;
        Assert.Equal((WorkerStatus.Offline, lastSeen), (next.Status, next.LastSeenAt));
        var audit = Assert.Single(next.Events);
        Assert.Equal(("worker.offline", Actors.System, "w_1", "2026-01-18T05:00:30.000Z"),
            (audit.Type, audit.Actor, audit.Target, audit.Details["last_seen_at"]));
        Assert.Equal(status, Enum.Parse<WorkerStatus>(audit.Details["status_before"]!, ignoreCase: true));
    }

    [Fact]
    public void Silent_UnknownWorker_ChangesNothing() => Assert.Equal(Decision<WorkerState>.Unchanged(),
        WorkerLifecycle.Silent(new WorkerState(), Start, Rules, Heard, Start.AddDays(1)));

    [Fact]
    public void Seen_AfterSilence_BringsTheWorkerBack()
    {
        var silent = WorkerLifecycle.Silent(Registered(), Start, Rules, Heard, Start.AddSeconds(90)).Next!;

        var back = WorkerLifecycle.Seen(silent, WorkerStatus.Idle, null, Rules, Start.AddSeconds(91)).Next!;

        Assert.Equal((WorkerStatus.Idle, "worker.came_online"), (back.Status, Assert.Single(back.Events).Type));
    }

    [Fact]
    public void RotateToken_Once_KeepsTheOldTokenForTheOverlap()
    {
        var worker = WorkerLifecycle.RotateToken(Registered(), "hash-2", Start.AddHours(1)).Next!;

        Assert.Equal(("hash-2", "hash", Start.AddHours(1).AddSeconds(60)), (worker.TokenHash, worker.PreviousTokenHash, worker.PreviousTokenUntil));
        var audit = Assert.Single(worker.Events);
        Assert.Equal(("worker.token_rotated", "w_1"), (audit.Type, audit.Actor));
        Assert.DoesNotContain(audit.Details.Values, value => value!.Contains("hash", StringComparison.Ordinal));
    }

    /// <summary>Each token opens for 60 seconds after the rotation that replaced it, and not at the last of them.</summary>
    [Theory]
    [InlineData(59.999, "hash hash-2 hash-3")]
    [InlineData(60, "hash-2 hash-3")]
    [InlineData(69.999, "hash-2 hash-3")]
    [InlineData(70, "hash-3")]
    public void IsToken_RotatedTwiceWithinTheOverlap_EachOldOneHasItsOwn(double seconds, string good)
    {
        var worker = WorkerLifecycle.RotateToken(
            WorkerLifecycle.RotateToken(Registered(), "hash-2", Start).Next!, "hash-3", Start.AddSeconds(10)).Next!;

        var at = Start.AddSeconds(seconds);
        Assert.Equal(good, string.Join(' ', new[] { "hash", "hash-2", "hash-3", "hash-4", "" }
            .Where(token => WorkerLifecycle.IsToken(worker, at, known => known.Length > 0 && known == token))));
    }

    [Theory]
    [InlineData(10, "hash-0")]
    [InlineData(11, "hash-1")]
    public void RotateToken_AgainAndAgain_TheLastTenAreGood(int rotations, string oldest)
    {
        var worker = Registered() with { TokenHash = "hash-0" };
        for (var i = 1; i <= rotations; i++) worker = WorkerLifecycle.RotateToken(worker, $"hash-{i}", Start.AddSeconds(i)).Next!;

        var good = Enumerable.Range(0, rotations).Select(i => $"hash-{i}")
            .Where(token => WorkerLifecycle.IsToken(worker, Start.AddSeconds(rotations), known => known == token)).ToList();
        Assert.Equal((10, oldest), (good.Count, good[0]));
        Assert.Single(WorkerLifecycle.RotateToken(worker, "new", Start.AddSeconds(rotations + 59)).Next!.OlderTokens);
    }

    [Fact]
    public void SetPaused_ByAnAdmin_LeavesTheWorkersOwnStatusAlone()
    {
        var paused = WorkerLifecycle.SetPaused(Registered(), true, Actors.Admin, "spam", Start).Next!;
        var resumed = WorkerLifecycle.SetPaused(paused, false, Actors.Admin, null, Start).Next!;

        Assert.Equal((true, WorkerStatus.Idle), (paused.PausedByAdmin, paused.Status));
        Assert.Equal((false, WorkerStatus.Idle), (resumed.PausedByAdmin, resumed.Status));
        Assert.Equal(("worker.paused_by_admin", Actors.Admin, "spam"),
            (paused.Events[0].Type, paused.Events[0].Actor, paused.Events[0].Details["reason"]));
        Assert.Equal("worker.resumed_by_admin", Assert.Single(resumed.Events).Type);
        Assert.Equal(Decision<WorkerState>.Unchanged(), WorkerLifecycle.SetPaused(paused, true, Actors.Admin, "again", Start));
        Assert.Equal(Decision<WorkerState>.Unchanged(), WorkerLifecycle.SetPaused(resumed, false, Actors.Admin, null, Start));
    }

    [Fact]
    public void Revoke_Worker_EndsAllTokensOnce()
    {
        var worker = WorkerLifecycle.Revoke(
            WorkerLifecycle.RotateToken(WorkerLifecycle.RotateToken(Registered(), "hash-2", Start).Next!, "hash-3", Start).Next!,
            Actors.Admin, "stolen", Start.AddSeconds(1)).Next!;

        Assert.Equal((true, WorkerStatus.Offline), (worker.Revoked, worker.Status));
        Assert.False(WorkerLifecycle.IsToken(worker, Start.AddSeconds(1), _ => true));
        Assert.Empty(worker.OlderTokens);
        Assert.Null(worker.PreviousTokenHash);
        Assert.Null(worker.PreviousTokenUntil);
        var audit = Assert.Single(worker.Events);
        Assert.Equal(("worker.revoked", Actors.Admin, "w_1", "stolen", "idle"),
            (audit.Type, audit.Actor, audit.Target, audit.Details["reason"], audit.Details["status_before"]));
        Assert.Equal(Decision<WorkerState>.Unchanged(), WorkerLifecycle.Revoke(worker, Actors.Admin, "again", Start));
    }

    [Fact]
    public void AdminCommands_UnknownWorker_AreNotFound()
    {
        Assert.Equal(RefusalKind.NotFound, WorkerLifecycle.SetPaused(new WorkerState(), true, Actors.Admin, null, Start).Refusal?.Kind);
        Assert.Equal(RefusalKind.NotFound, WorkerLifecycle.Revoke(new WorkerState(), Actors.Admin, null, Start).Refusal?.Kind);
    }

    private static WorkerState Registered() => WorkerLifecycle.Register(new WorkerState(), "w_1", Profile, "hash", Start).Next!;
}
