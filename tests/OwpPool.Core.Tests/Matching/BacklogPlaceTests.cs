using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Matching;

/// <summary>A task that is moved stands where it was put, for the worker that asks next and as time goes on.</summary>
public sealed class BacklogPlaceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(int Priority, int Seconds)> Waiting =
        from priority in Gen.Choose(0, 12)
        from seconds in Gen.Choose(0, 40_000)
        select (priority, seconds);

    [Fact]
    public void Front_AnyBacklog_IsNextAndStaysBeforeTheOneThatWas() => Law.HoldsForSequences(Waiting, tasks =>
    {
        var backlog = Of(tasks);
        foreach (var moved in Ids(tasks.Length))
        {
            var first = Order(backlog, tasks.Length, Now)[0];
            Put(backlog, moved, backlog.Front(moved, Now));
            Assert.Equal(moved, Order(backlog, tasks.Length, Now)[0]);
            Assert.Equal(0, backlog.Ahead(moved, Now));
            Assert.Null(backlog.Front(moved, Now));
            foreach (var later in new[] { 17, 59, 61, 600 }.Select(minutes => Order(backlog, tasks.Length, Now.AddMinutes(minutes))))
                Assert.True(moved == first || later.IndexOf(moved) == later.IndexOf(first) - 1);
        }
    }, runs: 60);

    [Fact]
    public void Back_AnyBacklog_IsLast() => Law.HoldsForSequences(Waiting, tasks =>
    {
        var backlog = Of(tasks);
        foreach (var moved in Ids(tasks.Length))
        {
            Put(backlog, moved, backlog.Back(moved, Now));
            Assert.Equal(tasks.Length - 1, backlog.Ahead(moved, Now));
            Assert.Null(backlog.Back(moved, Now));
            Assert.Equal(moved, Order(backlog, tasks.Length, Now)[^1]);
        }
    }, runs: 60);

    [Fact]
    public void Before_AnyBacklog_IsRightBeforeItsNeighbour() => Law.HoldsForSequences(Waiting, tasks =>
    {
        if (tasks.DistinctBy(task => task.Seconds).Count() < Math.Max(2, tasks.Length)) return;
        foreach (var neighbour in Ids(tasks.Length).Skip(1))
        {
            var backlog = Of(tasks);
            Put(backlog, "t_00", backlog.Before("t_00", neighbour, Now));
            var order = Order(backlog, tasks.Length, Now);
            Assert.Equal(order.IndexOf(neighbour) - 1, order.IndexOf("t_00"));
            Assert.Null(backlog.Before("t_00", neighbour, Now));
        }
    }, runs: 150);

    [Fact]
    public void Places_TaskAlone_AreAllTheSame()
    {
        var backlog = Of([(10, 0)]);
        Assert.Null(backlog.Front("t_00", Now));
        Assert.Null(backlog.Back("t_00", Now));
        Assert.Equal(0, backlog.Ahead("t_00", Now));
    }

    private static Backlog Of(IEnumerable<(int Priority, int Seconds)> tasks)
    {
        var backlog = new Backlog();
        foreach (var ((priority, seconds), index) in tasks.Select((task, index) => (task, index)))
            backlog.Add(Task($"t_{index:00}", priority, Now.AddSeconds(-seconds)));
        return backlog;
    }

    private static void Put(Backlog backlog, string taskId, BacklogPlace? place)
    {
        if (place is not null) backlog.Add(Task(taskId, place.Priority, place.ReadyAt));
    }

    private static ReadyTask Task(string taskId, int priority, DateTimeOffset readyAt) =>
        new() { TaskId = taskId, Priority = priority, ReadyAt = readyAt, Shape = new TaskShape { Points = 1 }, Token = 0 };

    private static IEnumerable<string> Ids(int count) => Enumerable.Range(0, Math.Min(count, 5)).Select(index => $"t_{index:00}");

    /// <summary>The order in which a worker that can do everything gets them.</summary>
    private static List<string> Order(Backlog backlog, int count, DateTimeOffset now)
    {
        var worker = new WorkerCapability { Trust = TrustTier.Maintainer, FreePoints = 100, FreeSlots = 100 };
        var order = new List<string>();
        while (order.Count < count
            && backlog.Best(worker, new TrustPolicy(), FrozenSet<string>.Empty, order.ToHashSet(), now) is { } best) order.Add(best.TaskId);
        return order;
    }
}
