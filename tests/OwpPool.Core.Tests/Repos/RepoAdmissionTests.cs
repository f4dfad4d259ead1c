using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Tests.Tasks;

namespace OwpPool.Core.Tests.Repos;

public sealed class RepoAdmissionTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromHours(4);
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    [Theory]
    [InlineData(TaskPhase.Ready, false, false)]
    [InlineData(TaskPhase.Offered, true, true)]
    [InlineData(TaskPhase.Leased, true, true)]
    [InlineData(TaskPhase.InProgress, true, true)]
    [InlineData(TaskPhase.Blocked, true, true)]
    [InlineData(TaskPhase.PrOpened, false, true)]
    [InlineData(TaskPhase.Merged, false, false)]
    [InlineData(TaskPhase.Cancelled, false, false)]
    [InlineData(TaskPhase.DeadLetter, false, false)]
    public void LockedAreas_TaskInPhase_FollowsAreaLockUntil(TaskPhase phase, bool untilPrOpened, bool untilMerged)
    {
        LedgerEntry[] ledger = [new() { TaskId = "t_1", AreaKey = "src", Phase = phase }];
        string[] held = ["src"];

        Assert.Equal(untilPrOpened ? held : [], RepoAdmission.LockedAreas(new RepoSettings(), ledger));
        Assert.Equal(untilMerged ? held : [], RepoAdmission.LockedAreas(new RepoSettings { AreaLockUntil = AreaLockUntil.Merged }, ledger));
    }

    [Fact]
    public void LockedAreas_SwitchedOff_AreNone() => Assert.Empty(RepoAdmission.LockedAreas(
        new RepoSettings { AreaLocksEnabled = false, AreaLockUntil = AreaLockUntil.Merged },
        [new LedgerEntry { AreaKey = "src", Phase = TaskPhase.Leased }]));

    [Fact]
    public void LockedAreas_OfSeveralTasks_LeaveOutBlankOnes() => Assert.Equal(["api", "web"], RepoAdmission.LockedAreas(new RepoSettings(),
    [
        new LedgerEntry { TaskId = "t_1", AreaKey = "web", Phase = TaskPhase.Leased },
        new LedgerEntry { TaskId = "t_2", AreaKey = null, Phase = TaskPhase.Leased },
        new LedgerEntry { TaskId = "t_3", AreaKey = "api", Phase = TaskPhase.Blocked },
        new LedgerEntry { TaskId = "t_4", AreaKey = "docs", Phase = TaskPhase.PrOpened },
    ]).Order());

    [Theory]
    [InlineData(TaskPhase.Leased)]
    [InlineData(TaskPhase.InProgress)]
    [InlineData(TaskPhase.Blocked)]
    public void EntryOf_LeasedTask_SaysWhatTheLeaseSays(TaskPhase phase)
    {
        var task = Given.In(phase) with { EstimatePoints = 5, AreaKey = "src" };

        Assert.Equal(new LedgerEntry
        {
            TaskId = Given.TaskId,
            WorkerId = Given.Holder,
            LeaseId = Given.LeaseId,
            Token = Given.Token,
            Points = 5,
            AreaKey = "src",
            Phase = phase,
            ExpiresAt = Given.LeaseEnd,
            GrantedAt = Given.Start,
            Version = task.Version,
        }, RepoAdmission.EntryOf(task));
    }

    [Fact]
    public void EntryOf_TaskUnderReview_HasItsTokenAndNoLease()
    {
        var task = Given.In(TaskPhase.InProgress).Then(Given.Report(TaskPhase.PrOpened), Given.Soon);

        var entry = RepoAdmission.EntryOf(task)!;

        Assert.Equal(("", Given.Token, Given.Holder, TaskPhase.PrOpened), (entry.LeaseId, entry.Token, entry.WorkerId, entry.Phase));
        Assert.Null(entry.ExpiresAt);
        Assert.Equal(Given.Soon, entry.GrantedAt);
    }

    [Theory]
    [InlineData(TaskPhase.Ready)]
    [InlineData(TaskPhase.Merged)]
    [InlineData(TaskPhase.Cancelled)]
    [InlineData(TaskPhase.DeadLetter)]
    public void EntryOf_TaskOutsideTheBudget_IsNone(TaskPhase phase) => Assert.Null(RepoAdmission.EntryOf(Given.In(phase)));

    [Theory]
    [InlineData(0, false)]
    [InlineData(7_199_999, false)]
    [InlineData(7_200_000, false)] // exactly half the TTL left: not less than half
    [InlineData(7_200_001, true)]
    [InlineData(14_399_999, true)]
    public void IsDueForRenewal_AroundHalfTheTtl_NeedsLessThanHalfLeft(int milliseconds, bool due) =>
        Assert.Equal(due, RepoAdmission.IsDueForRenewal(Entry(Given.LeaseEnd), Ttl, Given.Start.AddMilliseconds(milliseconds)));

    [Fact]
    public void IsDueForRenewal_TaskUnderReview_IsNot() => Assert.False(RepoAdmission.IsDueForRenewal(Entry(null), Ttl, Given.LeaseEnd));

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, null)]
    [InlineData(1, 14_400_001)]
    [InlineData(14_399_999, 28_799_999)]
    public void RenewalOf_RunningLease_GoesAWholeTtlOnWhereThatMovesIt(int milliseconds, int? expected)
    {
        var renewed = RepoAdmission.RenewalOf(Entry(Given.LeaseEnd), Ttl, Lifetime, Given.Start.AddMilliseconds(milliseconds));

        Assert.Equal(expected is { } end ? Given.Start.AddMilliseconds(end) : null, renewed);
    }

    [Theory]
    [InlineData(19, 23.0)]
    [InlineData(20, 24.0)]
    [InlineData(21, 24.0)]
    [InlineData(22, 24.0)]
    public void RenewalOf_NearTheLifetimesEnd_GoesNoFurther(int hour, double expected)
    {
        var renewed = RepoAdmission.RenewalOf(Entry(Given.Start.AddHours(hour + 1)), Ttl, Lifetime, Given.Start.AddHours(hour));

        Assert.Equal(Given.Start.AddHours(expected), renewed);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(25)]
    public void RenewalOf_AtOrPastTheLifetimesEnd_MovesNothing(int expiresAfterHours) => Assert.Null(
        RepoAdmission.RenewalOf(Entry(Given.Start.AddHours(expiresAfterHours)), Ttl, Lifetime, Given.Start.AddHours(expiresAfterHours - 1)));

    [Fact]
    public void RenewalOf_TaskUnderReview_IsNone() => Assert.Null(RepoAdmission.RenewalOf(Entry(null), Ttl, Lifetime, Given.Soon));

    [Fact]
    public void RenewalOf_HeartbeatAfterHeartbeat_EndsWithTheLifetime()
    {
        var (task, renewals) = (Given.In(TaskPhase.InProgress), 0);
        for (var now = Given.Start; !task.Lease!.IsExpired(now); now = now.AddMinutes(1))
        {
            var entry = RepoAdmission.EntryOf(task)!;
            if (!RepoAdmission.IsDueForRenewal(entry, Ttl, now)) continue;
            if (RepoAdmission.RenewalOf(entry, Ttl, Lifetime, now) is not { } renewed) continue;
            task = task.Then(new TaskCommand.Renew(Given.LeaseId, renewed), now);
            renewals++;
        }

        Assert.Equal(Given.Start + Lifetime, task.Lease.ExpiresAt);
        // Each renewal but the last comes in the minute after half of the TTL.
        Assert.Equal(10, renewals);
    }

    private static LedgerEntry Entry(DateTimeOffset? expiresAt) =>
        new() { TaskId = "t_1", LeaseId = "l_1", Phase = TaskPhase.InProgress, GrantedAt = Given.Start, ExpiresAt = expiresAt };
}
