using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Mcp.Session;

/// <summary>Answers of the pool come in any order, and beside the agent's own acts.</summary>
public sealed class LeaseBookTests
{
    private readonly LeaseBook _book = new();
    private int _changes;

    public LeaseBookTests() => _book.Changed += () => _changes++;

    [Fact]
    public void Observe_ListOfLeases_IsHeldAndToldOnce()
    {
        Observe(_book.Look(), Lease("t_1"), Lease("t_2"));
        Observe(_book.Look(), Lease("t_1"), Lease("t_2"));

        Assert.Equal(["t_1", "t_2"], _book.Held.Select(lease => lease.TaskId));
        Assert.Equal(1, _changes);
    }

    [Fact]
    public void Observe_ListAskedForBeforeAGrant_LosesNothing()
    {
        var early = _book.Look();
        Observe(_book.Look(), Lease("t_1"));

        Observe(early);

        Assert.Single(_book.Held);
        Assert.Empty(_book.TakeLosses());
    }

    [Fact]
    public void Observe_KnownLeaseNotListed_IsLostAndToldOnce()
    {
        Observe(_book.Look(), Lease("t_1"), Lease("t_2"));

        Observe(_book.Look(), Lease("t_2"));
        Observe(_book.Look(), Lease("t_2"));

        Assert.Equal([new LostLease("t_1", "Title of t_1", "lease_lost")], _book.TakeLosses());
        Assert.Empty(_book.TakeLosses());
        Assert.Equal("t_1", Assert.Single(_book.Lost).TaskId);
    }

    [Fact]
    public void Observe_LostLeaseGotAgain_IsHeldAndNotLost()
    {
        Observe(_book.Look(), Lease("t_1"));
        Beat(_book.Look(), lost: [new LostTask("t_1", "lease_expired")]);

        Observe(_book.Look(), Lease("t_1", "l_new"));

        Assert.Equal("l_new", Assert.Single(_book.Held).LeaseId);
        Assert.Empty(_book.Lost);
        Assert.Equal("lease_expired", Assert.Single(_book.TakeLosses()).Reason);
    }

    [Fact]
    public void Observe_HeartbeatThatTellsOfAnEarlierLease_LeavesTheNewOne()
    {
        Observe(_book.Look(), Lease("t_1"));
        var early = _book.Look();
        Observe(_book.Look(), Lease("t_1", "l_new"));

        Beat(early, lost: [new LostTask("t_1", "lease_expired")]);

        Assert.Equal("l_new", Assert.Single(_book.Held).LeaseId);
        Assert.Empty(_book.TakeLosses());
    }

    [Fact]
    public void Observe_HeartbeatThatRenews_KnowsTheNewEnd()
    {
        Observe(_book.Look(), Lease("t_1"));
        var end = DateTimeOffset.UnixEpoch.AddDays(1);

        _book.Observe(_book.Look(), new HeartbeatReply { Leases = [new HeldLease("l_t_1", "t_1", end, 10)] });

        Assert.Equal(end, Assert.Single(_book.Held).LeaseExpiresAt);
    }

    [Fact]
    public void Observe_TaskCancelled_SaysCancelled()
    {
        Observe(_book.Look(), Lease("t_1"));

        _book.Observe(_book.Look(), new HeartbeatReply { Cancel = ["t_1"] });

        Assert.Equal(LeaseBook.Cancelled, Assert.Single(_book.TakeLosses()).Reason);
    }

    [Fact]
    public async Task End_AnswersOnTheirWayMeanwhile_NeitherLoseNorBringBack()
    {
        Observe(_book.Look(), Lease("t_1"));
        var early = _book.Look();

        await _book.EndAsync("t_1", () =>
        {
            // The pool has done it, and a heartbeat hears of it before the agent does.
            Beat(early);
            Assert.Empty(_book.TakeLosses());
            return Task.FromResult(0);
        });
        Observe(early, Lease("t_1"));

        Assert.Empty(_book.Held);
        Assert.Empty(_book.TakeLosses());
    }

    [Fact]
    public async Task End_Refused_KeepsTheLease()
    {
        Observe(_book.Look(), Lease("t_1"));

        await Assert.ThrowsAsync<InvalidDataException>(() => _book.EndAsync<int>("t_1", () => throw new InvalidDataException()));

        Assert.Single(_book.Held);
        Beat(_book.Look());
        Assert.Single(_book.TakeLosses());
    }

    [Fact]
    public async Task End_LeaseThatGoesOnAfterReview_IsHeldAgainUnderItsOldId()
    {
        Observe(_book.Look(), Lease("t_1"));
        await _book.EndAsync("t_1", () => Task.FromResult(0));

        Observe(_book.Look(), Lease("t_1"));

        Assert.Single(_book.Held);
    }

    [Fact]
    public void Forget_RefusedReport_IsLostWithoutANotice()
    {
        Observe(_book.Look(), Lease("t_1"));

        _book.Forget("t_1", "stale_token");

        Assert.Equal("stale_token", Assert.Single(_book.Lost).Reason);
        Assert.Empty(_book.TakeLosses());
    }

    private static LeaseView Lease(string taskId, string? leaseId = null) =>
        new() { TaskId = taskId, Repo = "acme/shop", Title = $"Title of {taskId}", LeaseId = leaseId ?? $"l_{taskId}" };

    private void Observe(LeaseSnapshot before, params LeaseView[] leases) => _book.Observe(before, leases);

    private void Beat(LeaseSnapshot before, LostTask[]? lost = null) => _book.Observe(before, new HeartbeatReply { Lost = lost ?? [] });
}
