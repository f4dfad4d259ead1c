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
    public void Announce_AmongThoseThatFit_WakesTheBetterReputedAndThenTheFirst()
    {
        var line = new[] { 50.0, 80, 20, 80, 50 }
            .Select((score, i) => Wait(new WorkerCapability { WorkerId = $"w{i}", Skills = ["go"], FreeSlots = 1, FreePoints = 5, Reputation = score }))
            .ToList();
        bool[][] woken = [[false, true, false, false, false], [false, true, false, true, false], [true, true, false, true, false]];
        for (var tasks = 1; tasks <= woken.Length; tasks++)
        {
            Publish("r", 9, (tasks, ["go"]));
            Assert.Equal(woken[tasks - 1], line.Select(IsWoken));
        }
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
        var waiter = Wait(new WorkerCapability { WorkerId = "w", FreeSlots = slots, FreePoints = points, Available = available });
        Publish("r", 1, (1, []));
        Assert.False(IsWoken(waiter));
    }

    [Fact]
    public void Wait_NewsCameSinceTheClaimBegan_IsWokenAtOnce()
    {
        var waiter = _waiters.Join("w");
        Publish("r", 1, (1, []));
        _waiters.Wait(waiter, Capability("w"));
        Assert.True(IsWoken(waiter));
    }

    [Fact]
    public void Wait_NewsCameBeforeTheClaimBegan_SleepsOn()
    {
        Publish("r", 1, (1, []));
        Assert.False(IsWoken(Wait("w")));
    }

    [Fact]
    public void Wait_WorkerGainedSinceTheClaimBegan_IsWokenAtOnce()
    {
        var (waiter, other) = (_waiters.Join("w"), _waiters.Join("other"));
        _board.Gained("w");
        _waiters.Wait(waiter, Capability("w") with { FreeSlots = 0 });
        _waiters.Wait(other, Capability("other"));
        Assert.Equal((true, false), (IsWoken(waiter), IsWoken(other)));
        // The next claim knows of it.
        _waiters.Look(waiter);
        _waiters.Wait(waiter, Capability("w"));
        Assert.False(IsWoken(waiter));
    }

    [Fact]
    public void Wait_TookNothing_PassesTheChanceOnOnceEach()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (1, []));
        _waiters.Look(first);
        _waiters.Wait(first, Capability("first"));
        Assert.True(IsWoken(second));
        // What the first has tried for in vain does not wake it a second time.
        _waiters.Leave(second, _ => 0);
        Assert.False(IsWoken(first));
    }

    [Fact]
    public void Wait_TookNothingOfARepoThatHasChanged_LeavesTheNextToItsNextSummary()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (1, []));
        _board.MarkStale("r");
        _waiters.Leave(first, _ => 0);
        Assert.False(IsWoken(second));
        Publish("r", 1, (1, []));
        Assert.True(IsWoken(second));
    }

    [Fact]
    public void Announce_ManyKindsOfTask_AsksThoseOnlyWhoHaveTheSkill()
    {
        var (both, one, none) = (Wait("both", "go", "sql"), Wait("one", "sql"), Wait("none"));
        Publish("r", 9, (5, ["c#"]), (5, ["go", "sql"]), (5, ["rust"]));
        Assert.Equal((true, false, false), (IsWoken(both), IsWoken(one), IsWoken(none)));
        _waiters.Leave(one, null);
        Publish("r", 9, (5, ["sql"]), (1, []));
        Assert.True(IsWoken(none));
        Assert.Equal(0, _waiters.Count);
    }

    [Fact]
    public void StampFor_ClockSteppedBack_StillComesAfterTheLatest()
    {
        Publish("r", 1, (1, []));
        var (latest, waiter) = (_now, Wait("w"));
        Assert.Equal(latest.AddTicks(1), _board.StampFor("r", latest.AddHours(-1)));
        Assert.Equal(latest.AddSeconds(1), _board.StampFor("r", latest.AddSeconds(1)));
        _now = _board.StampFor("r", latest.AddHours(-1)).AddMilliseconds(-1);
        Publish("r", 1, (1, []));
        Assert.True(IsWoken(waiter));
    }

    [Fact]
    public void Leave_TookTheTask_WakesNobody()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (1, []));
        _waiters.Leave(first, _ => 1);
        Assert.False(IsWoken(second));
    }

    [Fact]
    public void Leave_TookSeveral_LeavesTheRest()
    {
        var line = Enumerable.Range(0, 4).Select(i => Wait($"w{i}")).ToList();
        Publish("r", 3, (3, []));
        Assert.Equal([true, true, true, false], line.Select(IsWoken));
        _waiters.Leave(line[0], _ => 2);
        _waiters.Leave(line[1], _ => 1);
        _waiters.Leave(line[2], _ => 0);
        Assert.False(IsWoken(line[3]));
    }

    [Fact]
    public void Leave_ClientLeftAfterItWasWoken_PassesTheChanceOn()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 1, (1, []));
        _waiters.Leave(first, null);
        Assert.True(IsWoken(second));
    }

    [Fact]
    public void Leave_ClientLeftUnwoken_IsNotWokenLater()
    {
        var (first, second) = (Wait("first"), Wait("second"));
        _waiters.Leave(first, null);
        Publish("r", 1, (1, []));
        Assert.Equal((false, true), (IsWoken(first), IsWoken(second)));
    }

    [Fact]
    public void CountOf_PollsThatClaimJustNow_AreCounted()
    {
        var (waits, _) = (Wait("w"), _waiters.Join("w"));
        Assert.Equal((2, 1), (_waiters.CountOf("w"), _waiters.Count));
        _waiters.Leave(waits, null);
        Assert.Equal((1, 0), (_waiters.CountOf("w"), _waiters.Count));
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
    public void Leave_TookOfAnOlderSummary_OffersTheNewerOne()
    {
        // The task of the first summary is taken; the second summary tells of another that came since.
        var (first, second) = (Wait("first"), Wait("second"));
        Publish("r", 5, (1, []));
        Publish("r", 5, (1, []));
        _waiters.Leave(first, _ => 1);
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
        _waiters.Leave(first, repo => repo == "r2" ? 1 : 0);
        Assert.True(IsWoken(third));
    }

    [Fact]
    public void Gained_WakesTheWorkersOwnPollsOnly()
    {
        var (mine, alsoMine, other) = (Wait("mine"), Wait(Capability("mine") with { Available = false }), Wait("other"));
        _board.Gained("mine");
        Assert.Equal((true, true, false), (IsWoken(mine), IsWoken(alsoMine), IsWoken(other)));
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
            if (move == 0) sleeping.Add(Wait(waiters, Capability($"w{version++}")));
            if (move == 2) tasks++;
            if (move is 1 or 2) Publish("play", 100, (tasks, []));
            if (move == 3 && claiming.TryDequeue(out var claimer)) waiters.Leave(claimer, _ => tasks > 0 && tasks-- > 0 ? 1 : 0);
            if (move == 4 && sleeping.Count > 0) waiters.Leave(sleeping[0], null);
            Sort();
        }
        while (claiming.TryDequeue(out var last))
        {
            waiters.Leave(last, _ => tasks > 0 && tasks-- > 0 ? 1 : 0);
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

    private WorkWaiter Wait(string worker, params string[] skills) => Wait(Capability(worker, skills));

    private WorkWaiter Wait(WorkerCapability capability) => Wait(_waiters, capability);

    private static WorkWaiter Wait(WorkWaiters waiters, WorkerCapability capability)
    {
        var waiter = waiters.Join(capability.WorkerId);
        waiters.Wait(waiter, capability);
        return waiter;
    }

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
