namespace OwpPool.Simulator.Tests;

public sealed class ReminderScheduleTests
{
    [Theory]
    [InlineData(0, 10)]
    [InlineData(9, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 17)]
    [InlineData(17, 17)]
    [InlineData(24.5, 31)]
    public void NextTick_AtAnInstant_IsTheNextMultiple(double now, int expected)
    {
        var epoch = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var entry = new ReminderEntry { StartAt = epoch.AddMinutes(10), Period = TimeSpan.FromMinutes(7) };

        Assert.Equal(epoch.AddMinutes(expected), ReminderSchedule.NextTick(entry, epoch.AddMinutes(now)));
    }

    [Fact]
    public void FollowingTick_AskedAtTheTickItself_IsAPeriodLater()
    {
        var epoch = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var entry = new ReminderEntry { StartAt = epoch, Period = TimeSpan.FromMinutes(7) };

        Assert.Equal(epoch.AddMinutes(7), ReminderSchedule.FollowingTick(entry, epoch, epoch));
        Assert.Equal(epoch.AddMinutes(14), ReminderSchedule.FollowingTick(entry, epoch, epoch.AddMinutes(8)));
    }
}
