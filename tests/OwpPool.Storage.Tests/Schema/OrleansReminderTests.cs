using System.Data.Common;
using System.Globalization;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Schema;

/// <summary>The contract of Orleans' reminder queries (reliability.md §1.4).</summary>
public sealed class OrleansReminderTests : IAsyncDisposable
{
    private static readonly DateTime Start = new(2026, 1, 18, 5, 0, 0, 123, DateTimeKind.Utc);

    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public OrleansReminderTests() => _orleans = new OrleansCalls(_database);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Upsert_NewReminder_ReadsBackWithItsVersion()
    {
        var version = await _orleans.UpsertReminderAsync("worker/w_abc", "liveness", 410183751, Start, 60_000);

        var row = Assert.Single((await _orleans.ReadReminderAsync("worker/w_abc", "liveness")).Rows);
        Assert.Equal("worker/w_abc", row["GrainId"]);
        Assert.Equal("liveness", row["ReminderName"]);
        Assert.Equal(60_000L, row["Period"]);
        Assert.Equal((long)version, row["Version"]);
    }

    [Fact]
    public async Task Read_StartTime_IsTheSameInstantThroughGetDateTime()
    {
        await _orleans.UpsertReminderAsync("worker/w_abc", "liveness", 1, Start, 60_000);

        await using var connection = await _database.Storage.DataSource.OpenConnectionAsync();
        await using var command = TempDatabase.Command(connection, "SELECT StartTime FROM OrleansRemindersTable");
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(Start, DateTime.SpecifyKind(reader.GetDateTime(0), DateTimeKind.Utc));
    }

    [Fact]
    public async Task Upsert_PeriodBeyondInt32_IsKept()
    {
        await _orleans.UpsertReminderAsync("worker/w_abc", "yearly", 1, Start, 31_536_000_000);

        Assert.Equal(31_536_000_000L, (await _orleans.ReadReminderAsync("worker/w_abc", "yearly"))[0, "Period"]);
    }

    [Fact]
    public async Task Upsert_Again_ChangesScheduleAndVersion()
    {
        var first = await _orleans.UpsertReminderAsync("worker/w_abc", "liveness", 1, Start, 60_000);
        var second = await _orleans.UpsertReminderAsync("worker/w_abc", "liveness", 1, Start, 120_000);

        Assert.True(second > first);
        var row = Assert.Single((await _orleans.ReadReminderAsync("worker/w_abc", "liveness")).Rows);
        Assert.Equal(120_000L, row["Period"]);
    }

    [Fact]
    public async Task ReadRows_OfGrain_GivesAllOfItsRemindersOnly()
    {
        await _orleans.UpsertReminderAsync("repo/repo/a", "sweep", 1, Start, 60_000);
        await _orleans.UpsertReminderAsync("repo/repo/a", "other", 1, Start, 60_000);
        await _orleans.UpsertReminderAsync("repo/repo/b", "sweep", 2, Start, 60_000);

        var names = (await _orleans.ReadRemindersAsync("repo/repo/a")).Rows.Select(row => (string)row["ReminderName"]).Order();
        Assert.Equal(["other", "sweep"], names);
    }

    [Fact]
    public async Task ReadRow_Unknown_GivesNoRow() => Assert.Empty((await _orleans.ReadReminderAsync("worker/w_x", "liveness")).Rows);

    [Theory]
    [InlineData(-10, 10, "b,c")] // begin excluded, end included
    [InlineData(-11, 10, "a,b,c")]
    [InlineData(-10, 9, "b")]
    [InlineData(10, -10, "a,d,e")] // past the end of the ring
    [InlineData(1000, -2000000000, "e")] // only beyond it
    [InlineData(0, 0, "a,b,c,d,e")] // the whole ring
    [InlineData(10, 10, "a,b,c,d,e")]
    [InlineData(int.MinValue, int.MaxValue, "a,b,c,d,e")]
    [InlineData(11, 99, "")]
    public async Task ReadRange_OnTheRing_GivesWhatLiesInIt(int begin, int end, string expected)
    {
        foreach (var (name, hash) in new[] { ("a", -10), ("b", 0), ("c", 10), ("d", 100), ("e", -2_000_000_000) })
            await _orleans.UpsertReminderAsync($"worker/{name}", name, hash, Start, 60_000);

        Assert.Equal(expected, string.Join(',', await _orleans.ReadRangeAsync(begin, end)));
    }

    [Fact]
    public async Task ReadRange_OtherService_IsNotSeen()
    {
        await new OrleansCalls(_database, "other").UpsertReminderAsync("worker/a", "a", 1, Start, 60_000);

        Assert.Empty(await _orleans.ReadRangeAsync(0, 0));
    }

    [Fact]
    public async Task Delete_WithItsVersion_AnswersOneRowTrue()
    {
        var version = await _orleans.UpsertReminderAsync("worker/a", "a", 1, Start, 60_000);

        var row = Assert.Single((await _orleans.DeleteReminderAsync("worker/a", "a", version)).Rows);
        Assert.True(Convert.ToBoolean(Assert.Single(row).Value, CultureInfo.InvariantCulture));
        Assert.Empty((await _orleans.ReadReminderAsync("worker/a", "a")).Rows);
    }

    [Fact]
    public async Task Delete_WithAnotherVersion_AnswersOneRowFalseAndKeepsIt()
    {
        var version = await _orleans.UpsertReminderAsync("worker/a", "a", 1, Start, 60_000);

        var row = Assert.Single((await _orleans.DeleteReminderAsync("worker/a", "a", version + 1)).Rows);
        Assert.False(Convert.ToBoolean(Assert.Single(row).Value, CultureInfo.InvariantCulture));
        Assert.Single((await _orleans.ReadReminderAsync("worker/a", "a")).Rows);
    }

    [Fact]
    public async Task Delete_Unknown_AnswersOneRowFalse()
    {
        var row = Assert.Single((await _orleans.DeleteReminderAsync("worker/a", "a", 1)).Rows);
        Assert.False(Convert.ToBoolean(Assert.Single(row).Value, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task DeleteRows_OfService_LeavesOtherServices()
    {
        var other = new OrleansCalls(_database, "other");
        await _orleans.UpsertReminderAsync("worker/a", "a", 1, Start, 60_000);
        await other.UpsertReminderAsync("worker/a", "a", 1, Start, 60_000);

        await _orleans.DeleteRemindersAsync();

        Assert.Empty(await _orleans.ReadRangeAsync(0, 0));
        Assert.Single(await other.ReadRangeAsync(0, 0));
    }

    [Fact]
    public async Task Queries_EveryKeyOfPersistenceAndReminders_IsThereOnce()
    {
        var keys = (await _database.ExecuteAsync("SELECT QueryKey FROM OrleansQuery ORDER BY QueryKey")).Rows.Select(row => row["QueryKey"]);

        Assert.Equal(
            new[]
            {
                "ClearStorageKey", "DeleteReminderRowKey", "DeleteReminderRowsKey", "DeleteStorageKey", "ReadFromStorageKey",
                "ReadRangeRows1Key", "ReadRangeRows2Key", "ReadReminderRowKey", "ReadReminderRowsKey", "UpsertReminderRowKey",
                "WriteToStorageKey",
            },
            keys);
    }
}
