using System.Collections.Frozen;
using OwpPool.Core.Matching;

namespace OwpPool.Core.Tests.Matching;

/// <summary>The order of hand-out, and what keeps each task back.</summary>
public sealed class HandOutTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly HandOutRepo Free = new(IsPaused: false, 100, 0, HasAreaLocks: true, FrozenSet<string>.Empty);

    [Fact]
    public void Order_WaitingAndPriority_AreAddedAndAgeDecidesBetweenEquals()
    {
        var tasks = new[]
        {
            Task("young", 11), Task("old", 10, hours: 1), Task("older", 10, hours: 1.5), Task("high", 12), Task("half", 11, hours: 0.99),
        };

        Assert.Equal(["high", "older", "old", "half", "young"], Ids(Order(tasks, Free)));
        Assert.Equal(["high", "half", "young", "older", "old"], Ids(HandOut.Order(tasks, Repos(Free), 0, isPoolPaused: false, Now)));
    }

    [Fact]
    public void Order_SeveralRepos_IsByRankAndBetweenEqualsByKey()
    {
        var repos = new Dictionary<string, HandOutRepo> { ["b"] = Free, ["a"] = Free };
        var tasks = new[] { Task("b1", 10, repo: "b", hours: 0.5), Task("a1", 10, repo: "a"), Task("b2", 50, repo: "b") };

        Assert.Equal(["b2", "a1", "b1"], Ids(HandOut.Order(tasks, repos, 1, isPoolPaused: false, Now)));
    }

    [Fact]
    public void Order_RestingDependentAndPaused_StandBehindWhatCanGo()
    {
        var repos = new Dictionary<string, HandOutRepo> { ["r"] = Free, ["held"] = Free with { IsPaused = true }, ["none"] = Free with { MaxOpenPrs = 0 } };
        var tasks = new[]
        {
            Task("held", 1000, repo: "held"), Task("none", 999, repo: "none"), Task("needs", 900) with { IsDependent = true },
            Task("later", 800) with { EligibleAt = Now.AddHours(2) }, Task("sooner", 1) with { EligibleAt = Now.AddHours(1) },
            Task("due", 0) with { EligibleAt = Now },
        };

        var places = HandOut.Order(tasks, repos, 1, isPoolPaused: false, Now);

        Assert.Equal(
            [("due", null), ("sooner", Ineligibility.NotBefore), ("later", Ineligibility.NotBefore), ("needs", Ineligibility.DependencyOpen),
                ("held", Ineligibility.RepoPaused), ("none", Ineligibility.BudgetExhausted)],
            places.Select(place => (place.Task.TaskId, place.WaitsFor)));
        Assert.All(HandOut.Order(tasks, repos, 1, isPoolPaused: true, Now), place => Assert.Equal(Ineligibility.PoolPaused, place.WaitsFor));
    }

    [Fact]
    public void Order_RoomAndAreas_AreUsedUpByWhatComesBefore()
    {
        var repo = Free with { MaxOpenPrs = 4, Used = 2, LockedAreas = new HashSet<string> { "held" } };
        var tasks = new[] { Task("1", 9, area: "x"), Task("2", 8, area: "x"), Task("3", 7, area: "held"), Task("4", 6), Task("5", 5) };

        Assert.Equal(
            [null, Ineligibility.AreaLocked, Ineligibility.AreaLocked, null, Ineligibility.BudgetExhausted],
            Order(tasks, repo).Select(place => place.WaitsFor));
        Assert.Equal([null, null, Ineligibility.BudgetExhausted, Ineligibility.BudgetExhausted, Ineligibility.BudgetExhausted],
            Order(tasks, repo with { HasAreaLocks = false }).Select(place => place.WaitsFor));
    }

    [Fact]
    public void Order_Keys_SortAsThePlacesDo()
    {
        var random = new Random(7);
        var tasks = Enumerable.Range(0, 200).Select(i => Task($"t{i}", random.Next(0, 1001), hours: random.Next(0, 2000))).ToList();
        var places = Order(tasks, Free);

        Assert.Equal(places.Select(place => place.Key).Order(StringComparer.Ordinal), places.Select(place => place.Key));
        Assert.Equal(200, places.Select(place => place.Key).Distinct().Count());
        Assert.Equal(tasks.OrderByDescending(task => Backlog.RankOf(task.Priority, task.ReadyAt, 1, Now)).ThenBy(task => task.ReadyAt)
            .ThenBy(task => task.TaskId, StringComparer.Ordinal).Select(task => task.TaskId), Ids(places));
    }

    private static HandOutTask Task(string id, int priority, string repo = "r", double hours = 0, string? area = null) =>
        new(id, repo, priority, Now.AddHours(-hours), null, area, IsDependent: false);

    private static Dictionary<string, HandOutRepo> Repos(HandOutRepo repo) => new() { ["r"] = repo };

    private static IReadOnlyList<HandOutPlace> Order(IEnumerable<HandOutTask> tasks, HandOutRepo repo) =>
        HandOut.Order(tasks, Repos(repo), 1, isPoolPaused: false, Now);

    private static IEnumerable<string> Ids(IEnumerable<HandOutPlace> places) => places.Select(place => place.Task.TaskId);
}
