using OwpPool.Core.Matching;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Matching;

/// <summary>Who has to wait after having had a task (protocol rule 1).</summary>
public sealed class LateHolderTests
{
    private static readonly DateTimeOffset End = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(AttemptOutcome.Failed, true)]
    [InlineData(AttemptOutcome.Expired, true)]
    [InlineData(AttemptOutcome.Offline, true)]
    [InlineData(AttemptOutcome.Released, true)]
    [InlineData(AttemptOutcome.PrOpened, false)]
    [InlineData(AttemptOutcome.Requeued, false)]
    [InlineData(AttemptOutcome.Cancelled, false)]
    [InlineData(AttemptOutcome.Rejected, false)]
    public void Of_LeaseThatEnded_WaitsForAnHourWhereItWasTheWorkersDoing(AttemptOutcome outcome, bool waits)
    {
        var holders = LateHolder.Of([Ended("w_1", End, outcome)]);

        if (!waits) Assert.Empty(holders);
        else Assert.Equal(new LateHolder("w_1", End.AddHours(1), null), Assert.Single(holders));
    }

    [Fact]
    public void Of_SeveralOfOneWorker_TheLatestCounts()
    {
        var holders = LateHolder.Of([Ended("w_1", End), Ended("w_2", End.AddMinutes(5)), Ended("w_1", End.AddMinutes(9))]);

        Assert.Equal([("w_1", End.AddMinutes(69)), ("w_2", End.AddMinutes(65))],
            holders.OrderBy(holder => holder.WorkerId).Select(holder => (holder.WorkerId, holder.OthersFirstUntil)));
    }

    [Fact]
    public void LateFor_HourIsOver_IsNobody()
    {
        var backlog = new Backlog();
        backlog.Add(new ReadyTask
        {
            TaskId = "t_1", Priority = 10, ReadyAt = End, Shape = ReadyTask.ShapeOf([], 0, 1), Token = 1,
            LateHolders = LateHolder.Of([Ended("w_1", End), Ended("w_2", End) with { AwayUntil = End.AddHours(3) }]),
        });

        Assert.Single(backlog.LateFor("w_1", End.AddHours(1).AddMilliseconds(-1)));
        Assert.Empty(backlog.LateFor("w_1", End.AddHours(1)));
        Assert.Single(backlog.LateFor("w_2", End.AddHours(2)));
        Assert.Empty(backlog.LateFor("w_2", End.AddHours(3)));
        Assert.Empty(backlog.LateFor("w_3", End));
        backlog.Remove("t_1");
        Assert.Empty(backlog.LateFor("w_1", End));
    }

    private static Attempt Ended(string workerId, DateTimeOffset at, AttemptOutcome outcome = AttemptOutcome.Failed) =>
        new() { WorkerId = workerId, EndedAt = at, Outcome = outcome };
}
