using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Matching;

public sealed class BacklogTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly WorkerCapability Anyone = new()
    {
        WorkerId = "w_1",
        Trust = TrustTier.Maintainer,
        FreePoints = 100,
        FreeSlots = 20,
        Skills = ["go"],
    };

    [Fact]
    public void Best_OfNothing_IsNone() => Assert.Null(Best(new Backlog(), Start));

    [Fact]
    public void Best_SeveralTasks_GoesByPriorityThenAgeThenId()
    {
        var backlog = Of(
            Task("t_c", priority: 10, minute: 5), Task("t_b", priority: 10, minute: 5), Task("t_a", priority: 10, minute: 6),
            Task("t_d", priority: 11, minute: 9), Task("t_B", priority: 10, minute: 5));

        Assert.Equal(["t_d", "t_B", "t_b", "t_c", "t_a"], TakenInTurn(backlog, Start.AddMinutes(10)));
    }

    [Fact]
    public void Best_OrderAcrossShapesAndAreas_IsTheSameAsWithin()
    {
        var backlog = Of(
            Task("t_c", minute: 3, skill: "go"), Task("t_b", minute: 2, area: "web"), Task("t_a", minute: 1, points: 3),
            Task("t_e", minute: 5, tier: 2), Task("t_d", minute: 4));

        Assert.Equal(["t_a", "t_b", "t_c", "t_d", "t_e"], TakenInTurn(backlog, Start.AddMinutes(10)));
    }

    [Theory]
    [InlineData(1, 119, "t_new")] // one full hour: 11 to 12
    [InlineData(1, 120, "t_old")] // two: a tie, and the older goes first
    [InlineData(2, 59, "t_new")]
    [InlineData(2, 60, "t_old")]
    [InlineData(0, 100_000, "t_new")]
    public void Best_Ageing_AddsPointsForFullHoursOnly(int pointsPerHour, int minutes, string expected)
    {
        var now = Start.AddMinutes(minutes);
        var backlog = new Backlog(pointsPerHour);
        backlog.Add(Task("t_old", priority: 10));
        backlog.Add(new ReadyTask { TaskId = "t_new", Priority = 12, ReadyAt = now, Shape = ReadyTask.ShapeOf([], 0, 1), Token = 0 });

        Assert.Equal(expected, Best(backlog, now));
    }

    [Theory]
    [InlineData(-60, 10)]
    [InlineData(0, 10)]
    [InlineData(59, 10)]
    [InlineData(60, 11)]
    [InlineData(1_439, 33)]
    public void RankOf_Waiting_GainsAPointForEachFullHour(int minutes, int rank) =>
        Assert.Equal(rank, new Backlog().RankOf(Task("t_1"), Start.AddMinutes(minutes)));

    [Fact]
    public void RankOf_WaitOfCenturies_DoesNotOverflow() =>
        Assert.Equal(1_000_010, new Backlog().RankOf(Task("t_1"), DateTimeOffset.MaxValue), 999_999d);

    [Fact]
    public void Advance_AtTheInstant_EndsTheRest()
    {
        var eligible = Start.AddMinutes(30);
        var backlog = Of(Task("t_1", eligibleAt: eligible), Task("t_2", eligibleAt: eligible.AddMinutes(1)));
        Assert.Equal(eligible, backlog.NextEligibleAt);

        Assert.Null(Best(backlog, eligible.AddMilliseconds(-1)));
        Assert.Equal(2, Reasons(backlog)[Ineligibility.NotBefore]);
        Assert.Equal("t_1", Best(backlog, eligible));
        Assert.Equal(eligible.AddMinutes(1), backlog.NextEligibleAt);
        Assert.Equal(2, backlog.Count);
        backlog.Advance(eligible.AddMinutes(1));
        Assert.Null(backlog.NextEligibleAt);
    }

    [Theory]
    [InlineData("t_x", "t_y")]
    [InlineData("t_y", "t_x")]
    public void Merged_SeveralDependencies_LetsGoAfterTheLastInAnyOrder(string first, string last)
    {
        var backlog = Of(Task("t_1", dependsOn: ["t_x", "t_y", "t_x"]));
        Assert.Equal(["t_x", "t_y"], backlog.OpenDependencies.Order());

        backlog.Merged(first);
        Assert.Null(Best(backlog, Start));
        Assert.Equal((1, 1), (backlog.DependentCount, Reasons(backlog)[Ineligibility.DependencyOpen]));
        backlog.Merged(first);
        Assert.Null(Best(backlog, Start));
        backlog.Merged(last);

        Assert.Equal("t_1", Best(backlog, Start));
        Assert.Equal(0, backlog.DependentCount);
        Assert.Empty(backlog.OpenDependencies);
    }

    [Fact]
    public void Merged_OneForMany_LetsAllGoThatWaitForNothingElse()
    {
        var backlog = Of(Task("t_1", dependsOn: ["t_x"]), Task("t_2", dependsOn: ["t_x", "t_y"]), Task("t_3", dependsOn: ["t_x"]));

        backlog.Merged("t_x");

        Assert.Equal(["t_1", "t_3"], TakenInTurn(backlog, Start));
        Assert.Equal(["t_y"], backlog.OpenDependencies);
    }

    [Fact]
    public void Merged_TaskThatAlsoRests_GoesOnResting()
    {
        var backlog = Of(Task("t_1", dependsOn: ["t_x"], eligibleAt: Start.AddMinutes(30)));

        backlog.Merged("t_x");

        Assert.Null(Best(backlog, Start.AddMinutes(29)));
        Assert.Equal("t_1", Best(backlog, Start.AddMinutes(30)));
    }

    [Fact]
    public void Remove_Dependent_LeavesNothingBehind()
    {
        var backlog = Of(Task("t_1", dependsOn: ["t_x"]), Task("t_2", dependsOn: ["t_x", "t_y"]));

        Assert.Equal("t_2", backlog.Remove("t_2")?.TaskId);
        Assert.Equal(["t_x"], backlog.OpenDependencies);
        Assert.Equal("t_1", backlog.Remove("t_1")?.TaskId);
        Assert.Empty(backlog.OpenDependencies);
        backlog.Merged("t_x");
        AssertEmpty(backlog);
    }

    [Fact]
    public void Remove_RestingReadyAndUnknown_LeavesNothingBehind()
    {
        var backlog = Of(Task("t_1", eligibleAt: Start.AddHours(1)), Task("t_2", area: "web"), Task("t_3", eligibleAt: Start));
        backlog.Advance(Start);

        Assert.Null(backlog.Remove("t_9"));
        Assert.Equal(3, backlog.Count);
        foreach (var id in new[] { "t_1", "t_2", "t_3" })
        {
            Assert.True(backlog.Contains(id));
            Assert.Equal(id, backlog.Remove(id)?.TaskId);
            Assert.False(backlog.Contains(id));
            Assert.Null(backlog.Remove(id));
        }
        AssertEmpty(backlog);
    }

    [Fact]
    public void Add_NewerPicture_ReplacesTheOlder()
    {
        var backlog = Of(Task("t_1", priority: 90, dependsOn: ["t_x"]), Task("t_2"));

        backlog.Add(Task("t_1", priority: 90));
        Assert.Equal((2, 0, "t_1"), (backlog.Count, backlog.DependentCount, Best(backlog, Start)));
        backlog.Add(Task("t_1", priority: 5));
        Assert.Equal("t_2", Best(backlog, Start));
        backlog.Add(Task("t_1", priority: 90, eligibleAt: Start.AddHours(1)));

        Assert.Equal((2, "t_2", Start.AddHours(1)), (backlog.Count, Best(backlog, Start), backlog.NextEligibleAt));
        Assert.Equal(["t_2"], TakenInTurn(backlog, Start));
    }

    [Fact]
    public void Best_ExcludedTasks_GoesOnToTheNext()
    {
        var backlog = Of(Task("t_1"), Task("t_2", minute: 1), Task("t_3", minute: 2, area: "web"));

        Assert.Equal("t_2", Best(backlog, Start, excluded: ["t_1"]));
        Assert.Equal("t_3", Best(backlog, Start, excluded: ["t_1", "t_2"]));
        Assert.Null(Best(backlog, Start, excluded: ["t_1", "t_2", "t_3", "t_9"]));
        Assert.Equal(2, Reasons(backlog, excluded: ["t_1", "t_3"])[Ineligibility.Excluded]);
    }

    [Fact]
    public void Best_LockedAreas_KeepOnlyTheirOwnTasks()
    {
        var backlog = Of(Task("t_1", area: "web"), Task("t_2", minute: 1, area: "api"), Task("t_3", minute: 2));

        Assert.Equal("t_2", Best(backlog, Start, locked: ["web"]));
        Assert.Equal("t_3", Best(backlog, Start, locked: ["web", "api"]));
        Assert.Equal(2, Reasons(backlog, locked: ["web", "api"])[Ineligibility.AreaLocked]);
    }

    [Fact]
    public void WhyNot_TaskWithSeveralReasons_CountsUnderTheFirst()
    {
        var worker = Anyone with { Trust = TrustTier.Basic, FreePoints = 5 };
        var backlog = Of(
            Task("t_1", skill: "c#", tier: 3, points: 9, area: "web"), Task("t_2", tier: 3, points: 9, area: "web"),
            Task("t_3", points: 9, area: "web"), Task("t_4", points: 9), Task("t_5", area: "web"), Task("t_6"), Task("t_7"),
            Task("t_8", skill: "c#", eligibleAt: Start.AddHours(1)), Task("t_9", skill: "c#", dependsOn: ["t_x"]));
        string[] excluded = ["t_1", "t_2", "t_3", "t_5", "t_6"];

        var reasons = backlog.WhyNot(worker, new TrustPolicy(), new HashSet<string> { "web" }, excluded.ToHashSet());

        Assert.Equal(new Dictionary<Ineligibility, int>
        {
            [Ineligibility.NotBefore] = 1,
            [Ineligibility.DependencyOpen] = 1,
            [Ineligibility.SkillMissing] = 1,
            [Ineligibility.TrustTooLow] = 1,
            [Ineligibility.CapacityExceeded] = 2,
            [Ineligibility.AreaLocked] = 1,
            [Ineligibility.Excluded] = 1,
        }, reasons);
        Assert.Equal(
            [
                Ineligibility.SkillMissing, Ineligibility.TrustTooLow, Ineligibility.CapacityExceeded, Ineligibility.CapacityExceeded,
                Ineligibility.AreaLocked, Ineligibility.Excluded, null, Ineligibility.NotBefore, Ineligibility.DependencyOpen, null,
            ],
            Enumerable.Range(1, 10).Select(n => backlog.WhyNot($"t_{n}", worker, new TrustPolicy(), new HashSet<string> { "web" }, excluded.ToHashSet())));
    }

    [Fact]
    public void Supply_SeveralShapes_AreCountedBestRankFirst()
    {
        var backlog = Of(
            Task("t_1", priority: 10), Task("t_2", priority: 30), Task("t_3", priority: 20, skill: "go"), Task("t_4", priority: 90, area: "web"),
            Task("t_5", priority: 95, eligibleAt: Start.AddHours(1)), Task("t_6", priority: 95, dependsOn: ["t_x"]), Task("t_7", priority: 5, points: 3));

        Assert.Equal(["30:2", "20:1", "5:1"], Shapes(["web"], Start));
        Assert.Equal(["90:3", "20:1", "5:1"], Shapes([], Start));
        Assert.Equal(["91:3", "21:1", "6:1"], Shapes([], Start.AddHours(1)));

        string[] Shapes(string[] locked, DateTimeOffset now) =>
            [.. backlog.Supply(locked.ToHashSet(), now).Select(supply => $"{supply.BestRank}:{supply.Tasks}")];
    }

    [Fact]
    public void Supply_TasksOfOneArea_CountOnceWhateverTheirPriority()
    {
        var backlog = Of(Task("t_1", priority: 10, area: "web"), Task("t_2", priority: 10, area: "web"), Task("t_3", priority: 20, area: "web"));

        var supply = Assert.Single(backlog.Supply(new HashSet<string>(), Start));

        Assert.Equal((1, 20), (supply.Tasks, supply.BestRank));
    }

    private static Backlog Of(params ReadyTask[] tasks)
    {
        var backlog = new Backlog();
        foreach (var task in tasks) backlog.Add(task);
        return backlog;
    }

    private static ReadyTask Task(string id, int priority = 10, int minute = 0, string? skill = null, int tier = 0, int points = 1,
        string? area = null, DateTimeOffset? eligibleAt = null, string[]? dependsOn = null) => new()
        {
            TaskId = id,
            Priority = priority,
            ReadyAt = Start.AddMinutes(minute),
            EligibleAt = eligibleAt,
            Shape = ReadyTask.ShapeOf(skill is null ? [] : [skill], tier, points),
            AreaKey = area,
            DependsOn = dependsOn ?? [],
            Token = 0,
        };

    private static string? Best(Backlog backlog, DateTimeOffset now, string[]? locked = null, string[]? excluded = null)
    {
        backlog.Advance(now);
        return backlog.Best(Anyone, new TrustPolicy(), (locked ?? []).ToHashSet(), (excluded ?? []).ToHashSet(), now)?.TaskId;
    }

    private static Dictionary<Ineligibility, int> Reasons(Backlog backlog, string[]? locked = null, string[]? excluded = null) =>
        backlog.WhyNot(Anyone, new TrustPolicy(), (locked ?? []).ToHashSet(), (excluded ?? []).ToHashSet());

    private static List<string> TakenInTurn(Backlog backlog, DateTimeOffset now)
    {
        var taken = new List<string>();
        while (Best(backlog, now) is { } id)
        {
            taken.Add(id);
            backlog.Remove(id);
        }
        return taken;
    }

    private static void AssertEmpty(Backlog backlog)
    {
        Assert.Equal((0, 0), (backlog.Count, backlog.DependentCount));
        Assert.Null(backlog.NextEligibleAt);
        Assert.Empty(backlog.OpenDependencies);
        Assert.Null(Best(backlog, DateTimeOffset.MaxValue));
        Assert.Empty(backlog.Supply(new HashSet<string>(), Start));
        Assert.Empty(Reasons(backlog));
    }
}
