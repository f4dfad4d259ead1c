using OwpPool.Core.Repos;
using OwpPool.Grains.Repos;

namespace OwpPool.Grains.Tests;

/// <summary>What a repo believes of its tasks between their answers.</summary>
public sealed class RepoLedgerTests
{
    private static readonly TaskState Ready = new() { SchemaVersion = TaskState.CurrentSchema, TaskId = "t_1", Repo = "acme/roof", Token = 3 };

    private static readonly LedgerEntry Reservation =
        new() { TaskId = "t_1", WorkerId = "w_1", LeaseId = "l_9", Token = 4, Points = 1, Phase = TaskPhase.Leased };

    private readonly RepoLedger _ledger = new(ageingPointsPerHour: 1);

    [Fact]
    public void Follow_AnswerFromBeforeTheGrant_LeavesTheReservation()
    {
        _ledger.Reserve(Reservation);

        // A repeated create, or a late report of an earlier holder, is answered while the reservation is being written.
        _ledger.Follow(Ready);

        Assert.Equal(Reservation, _ledger.Find("t_1"));
        Assert.False(_ledger.Backlog.Contains("t_1"));
    }

    [Fact]
    public void Follow_TaskWasGranted_IsHeldAsTheTaskSays()
    {
        _ledger.Reserve(Reservation);
        var lease = new Lease { LeaseId = "l_9", ExpiresAt = DateTimeOffset.UnixEpoch.AddHours(1) };

        _ledger.Follow(Ready with { Phase = TaskPhase.InProgress, Token = 4, WorkerId = "w_1", Lease = lease });

        Assert.Equal((TaskPhase.InProgress, lease.ExpiresAt), (_ledger.Find("t_1")?.Phase, _ledger.Find("t_1")?.ExpiresAt));
    }

    [Fact]
    public void IsHeard_UntilTheTaskAnswers_AndAfterACallWithoutAnswer_IsNot()
    {
        _ledger.Reserve(Reservation);
        Assert.False(_ledger.IsHeard(_ledger.Find("t_1")!));

        _ledger.Follow(Ready with { Phase = TaskPhase.Leased, Token = 4, WorkerId = "w_1", Version = 8 });
        Assert.True(_ledger.IsHeard(_ledger.Find("t_1")!));

        _ledger.Doubt("t_1");
        Assert.False(_ledger.IsHeard(_ledger.Find("t_1")!));
    }

    [Fact]
    public void VersionOf_TaskThatWasHeard_IsTheLatestHeldOrWaiting()
    {
        Assert.Equal(0, _ledger.VersionOf("t_1"));

        _ledger.Follow(Ready with { Version = 7 });
        Assert.Equal(7, _ledger.VersionOf("t_1"));

        _ledger.Follow(Ready with { Phase = TaskPhase.PrOpened, WorkerId = "w_1", Version = 8 });
        Assert.Equal(8, _ledger.VersionOf("t_1"));
    }

    [Fact]
    public void Follow_ReservationWasSettled_GoesBackToTheBacklog()
    {
        _ledger.Load(Reservation, settled: false);
        Assert.Single(_ledger.Unsettled);

        _ledger.Follow(Ready with { Token = 4 });

        Assert.Null(_ledger.Find("t_1"));
        Assert.True(_ledger.Backlog.Contains("t_1"));
        Assert.Empty(_ledger.Unsettled);
    }

    [Fact]
    public void Follow_TaskWasCancelledBeforeItWasSettled_StaysInDoubt()
    {
        _ledger.Load(Reservation, settled: false);

        _ledger.Follow(Ready with { Phase = TaskPhase.Cancelled });

        Assert.Equal(Reservation, Assert.Single(_ledger.Unsettled));
    }

    [Fact]
    public void Doubt_TaskThatHoldsNothing_IsToBeLookedAtUntilItAnswers()
    {
        // A create, or a requeue, whose answer was lost: the task may be ready, and nobody would ever offer it.
        _ledger.Doubt("t_1");
        Assert.Equal("t_1", Assert.Single(_ledger.Unknown));
        Assert.True(_ledger.IsInDoubt);

        _ledger.Follow(Ready);

        Assert.False(_ledger.IsInDoubt);
        Assert.True(_ledger.Backlog.Contains("t_1"));
    }

    [Fact]
    public void Forget_TaskThatIsNotThere_IsNoLongerInDoubt()
    {
        _ledger.Doubt("t_1");

        _ledger.Forget("t_1");

        Assert.False(_ledger.IsInDoubt);
        Assert.Equal(0, _ledger.Backlog.Count);
    }
}
