using OwpPool.Core.Shared;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Workers;

public sealed class WorkerPresenceTests
{
    private static readonly DateTimeOffset Seen = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly Hearing Heard = Hearing.From(Seen.AddDays(-1));

    [Theory]
    [InlineData(0, WorkerStatus.Working)]
    [InlineData(90, WorkerStatus.Working)] // its grain may know of a heartbeat a minute later
    [InlineData(149, WorkerStatus.Working)]
    [InlineData(150, WorkerStatus.Offline)]
    public void StatusOf_SomeTimeAfterTheLastStoredSign_IsOfflineWhenNoGrainCanKnowBetter(int seconds, WorkerStatus expected) => Assert.Equal(
        expected, WorkerPresence.StatusOf(new WorkerState { Status = WorkerStatus.Working, LastSeenAt = Seen }, LivenessRules.Default, Heard, Seen.AddSeconds(seconds)));

    [Fact]
    public void StatusOf_AfterARestart_CountsSilenceFromTheStart()
    {
        var worker = new WorkerState { Status = WorkerStatus.Working, LastSeenAt = Seen };
        var restarted = Seen.AddHours(1);

        Assert.Equal(WorkerStatus.Working,
            WorkerPresence.StatusOf(worker, LivenessRules.Default, Hearing.From(restarted), restarted.AddSeconds(149)));
        Assert.Equal(WorkerStatus.Offline,
            WorkerPresence.StatusOf(worker, LivenessRules.Default, Hearing.From(restarted), restarted.AddSeconds(150)));
    }

    [Fact]
    public void StatusOf_RevokedOrOffline_IsOfflineAtOnce()
    {
        foreach (var worker in new[] { new WorkerState { Revoked = true, LastSeenAt = Seen }, new WorkerState { Status = WorkerStatus.Offline, LastSeenAt = Seen } })
            Assert.Equal(WorkerStatus.Offline, WorkerPresence.StatusOf(worker, LivenessRules.Default, Heard, Seen));
    }
}
