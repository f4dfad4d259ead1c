using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Grains.Directory;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Tests.Workers;

public sealed class WorkWaitersTests : IDisposable
{
    private readonly SupplyBoard _board = new();
    private readonly ServerInstruments _instruments = new();
    private readonly WorkWaiters _waiters;
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public WorkWaitersTests() => _waiters = new WorkWaiters(_board, _instruments);

    public void Dispose()
    {
        _waiters.Dispose();
        _instruments.Dispose();
    }

    [Fact]
    public void Announce_OneTask_WakesTheFirstThatFits()
    {
        var (poor, first, second) = (Wait("poor"), Wait("first", "rust"), Wait("second", "rust"));
        Publish("r", 3, (1, ["rust"]));
        Assert.Equal((false, true, false), (IsWoken(poor), IsWoken(first), IsWoken(second)));
        Assert.Equal(2, _waiters.Count);
    }

    [Fact]
    public void Announce_MoreTasksThanRoom_WakesAsManyAsThereIsRoom()
    {
        var line = Enumerable.Range(0, 5).Select(i => Wait($"w{i}")).ToList();
        Publish("r", 2, (4, []));
        Assert.Equal([true, true, false, false, false], line.Select(IsWoken));
    }

    [Fact]
    public void Announce_ShapesOfDifferentSkills_WakesAsManyAsEachHas()
    {
        var (go1, go2, rust) = (Wait("a", "go"), Wait("b", "go"), Wait("c", "rust"));
        Publish("r", 9, (1, ["go"]), (5, ["rust"]));
        Assert.Equal((true, false, true), (IsWoken(go1), IsWoken(go2), IsWoken(rust)));
    }

    [Theory]
    [InlineData(0, true, 5)]
    [InlineData(1, false, 5)]
    [InlineData(1, true, 0)]
    public void Announce_WorkerTakesNothing_SleepsOn(int slots, bool available, int points)
    {
        var waiter = _waiters.Enlist(
            new WorkerCapability { WorkerId = "w", FreeSlots = slots, FreePoints = points, Available = available }, _waiters.Version);
        Publish("r", 1, (1, []));
        Assert.False(IsWoken(waiter));
    }

    [Fact]
    public void Enlist_NewsCameSinceTheClaimBegan_IsWokenAtOnce()
    {
        var heard = _waiters.Version;
        Publish("r", 1, (1, []));
        Assert.True(IsWoken(_waiters.Enlist(Capability("w"), heard)));
    }

    [Fact]
    public void Enlist_NewsCameBeforeTheClaimBegan_SleepsOn()
    {
        Publish("r", 1, (1, []));
        Assert.False(IsWoken(Wait("w")));
    }

    [Fact]
    public void Finish_TookNothing_PassesTheChanceOnOnceEach()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (1, []));
        var heard = _waiters.Version;
        _waiters.Finish(first, _ => 0);
        Assert.True(IsWoken(second));
        // The first asks again; what it has tried for in vain does not wake it a second time.
        var again = _waiters.Enlist(Capability("first"), heard);
        _waiters.Finish(second, _ => 0);
        Assert.False(IsWoken(again));
    }

    [Fact]
    public void Finish_TookTheTask_WakesNobody()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (1, []));
        _waiters.Finish(first, _ => 1);
        Assert.False(IsWoken(second));
    }

    [Fact]
    public void Finish_TookSeveral_LeavesTheRest()
    {
        var line = Enumerable.Range(0, 4).Select(i => Wait($"w{i}")).ToList();
        Publish("r", 3, (3, []));
        Assert.Equal([true, true, true, false], line.Select(IsWoken));
        _waiters.Finish(line[0], _ => 2);
        _waiters.Finish(line[1], _ => 1);
        _waiters.Finish(line[2], _ => 0);
        Assert.False(IsWoken(line[3]));
    }

    [Fact]
    public void Finish_ClientLeftAfterItWasWoken_PassesTheChanceOn()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (1, []));
        _waiters.Finish(first, null);
        Assert.True(IsWoken(second));
    }

    [Fact]
    public void Finish_ClientLeftUnwoken_IsNotWokenLater()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        _waiters.Finish(first, null);
        Publish("r", 1, (1, []));
        Assert.Equal((false, true), (IsWoken(first), IsWoken(second)));
    }

    [Fact]
    public void Announce_ClaimUnderWay_OffersItsTaskToNobodyElse()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 5, (1, []));
        Publish("r", 5, (1, []));
        Assert.Equal((true, false), (IsWoken(first), IsWoken(second)));
    }

    [Fact]
    public void Announce_ClaimUnderWay_OffersItsRoomToNobodyElse()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (5, []));
        Publish("r", 1, (5, []));
        Assert.Equal((true, false), (IsWoken(first), IsWoken(second)));
    }

    [Fact]
    public void Finish_TookOfAnOlderSummary_OffersTheNewerOne()
    {
        // The task of the first summary is taken; the second summary tells of another that came since.
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 5, (1, []));
        Publish("r", 5, (1, []));
        _waiters.Finish(first, _ => 1);
        Assert.True(IsWoken(second));
    }

    [Fact]
    public void Announce_TwoRepos_AreCountedApart()
    {
        var (first, second, third) = (Wait("first"), Wait("second"), Wait("third"));
        Publish("r1", 1, (1, []));
        Publish("r2", 1, (1, []));
        Assert.Equal((true, true, false), (IsWoken(first), IsWoken(second), IsWoken(third)));
        // What the first took was the second repo's: the first repo's task is still there.
        _waiters.Finish(first, repo => repo == "r2" ? 1 : 0);
        Assert.True(IsWoken(third));
    }

    [Fact]
    public void Freed_WakesTheWorkersOwnPollsOnly()
    {
        var (mine, other) = (Wait("mine"), Wait("other"));
        _waiters.Freed("mine");
        Assert.Equal((true, false), (IsWoken(mine), IsWoken(other)));
    }

    [Fact]
    public void CameBack_WakesOnlyPollsThatWaitedWhileItTookNothing()
    {
        var away = _waiters.Enlist(Capability("w") with { Available = false }, _waiters.Version);
        var here = Wait("w");
        _waiters.CameBack("w");
        Assert.Equal((true, false), (IsWoken(away), IsWoken(here)));
    }

    [Fact]
    public void Line_RandomPlay_NeverLeavesATaskBesideAFittingWorkerThatHasNotTried()
    {
        FsCheck.Check.QuickThrowOnFailure(FsCheck.Fluent.Prop.ForAll(
            FsCheck.Fluent.Arb.ToArbitrary(FsCheck.Fluent.Gen.ArrayOf(FsCheck.Fluent.Gen.Choose(0, 4))), new Action<int[]>(Play)));
    }

    /// <summary>Plays a repo of one shape: publications of what is left, and claims of the woken that take one task if there is one.</summary>
    private void Play(int[] moves)
    {
        using var waiters = new WorkWaiters(_board, _instruments);
        var (tasks, version) = (0, 0);
        var sleeping = new List<WorkWaiter>();
        var claiming = new Queue<WorkWaiter>();
        foreach (var move in moves.Append(1))
        {
            if (move == 0) sleeping.Add(waiters.Enlist(Capability($"w{version++}"), waiters.Version));
            if (move == 2) tasks++;
            if (move is 1 or 2) Publish("play", 100, (tasks, []));
            if (move == 3 && claiming.TryDequeue(out var claimer)) waiters.Finish(claimer, _ => tasks > 0 && tasks-- > 0 ? 1 : 0);
            if (move == 4 && sleeping.Count > 0) waiters.Finish(sleeping[0], null);
            Sort();
        }
        while (claiming.TryDequeue(out var last))
        {
            waiters.Finish(last, _ => tasks > 0 && tasks-- > 0 ? 1 : 0);
            Publish("play", 100, (tasks, []));
            Sort();
        }
        Assert.True(tasks == 0 || waiters.Count == 0, $"{tasks} tasks are left and {waiters.Count} workers sleep.");

        void Sort()
        {
            foreach (var woken in sleeping.Where(IsWoken)) claiming.Enqueue(woken);
            sleeping.RemoveAll(IsWoken);
            if (sleeping.Count > waiters.Count) sleeping.RemoveAt(0);
        }
    }

    private WorkWaiter Wait(string worker, params string[] skills) => _waiters.Enlist(Capability(worker, skills), _waiters.Version);

    private static WorkerCapability Capability(string worker, params string[] skills) =>
        new() { WorkerId = worker, Skills = skills, Trust = TrustTier.Basic, FreePoints = 5, FreeSlots = 2 };

    private static bool IsWoken(WorkWaiter waiter) => waiter.Woken.IsCompleted;

    private void Publish(string repo, int room, params (int Tasks, string[] Skills)[] shapes)
    {
        _now = _now.AddMilliseconds(1);
        _board.Publish(new RepoSupply
        {
            Repo = repo,
            Room = room,
            Trust = new TrustPolicy(),
            At = _now,
            Shapes = [.. shapes.Select(shape => new ShapeSupply
            {
                Shape = new TaskShape { Skills = shape.Skills, Points = 1 },
                Tasks = shape.Tasks,
                BestRank = 10,
            })],
        });
    }
}
