using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OwpPool.Testing;

namespace Orleans.StandIn.Tests.AdoNet;

public sealed class AdoNetReminderTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Register_AReminder_StoresGrainIdAndSignedHash()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);

        await host.Get<IReminderGrain>("w_abc").Register("sweep", 2 * Minute, Minute);

        var hash = unchecked((int)GrainId.Create("reminder", "w_abc").GetUniformHashCode());
        Assert.Equal(
            [$"dev|reminder/w_abc|sweep|2026-01-01 00:02:00|60000|{hash}"],
            source.Query("SELECT ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash FROM OrleansRemindersTable"));
    }

    [Fact]
    public async Task Reminder_AfterRestart_TicksOn()
    {
        using var source = new SqliteSource();
        var clock = new ManualTimeProvider();
        await using (var first = await StartAsync(source, clock))
            await first.Get<IReminderGrain>("r").Register("sweep", 2 * Minute, Minute);
        await using var second = await StartAsync(source, clock);

        await Eventually.True(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return second.Journal.Lines.Any(line => line.StartsWith("sweep +2", StringComparison.Ordinal));
            },
            "a tick");
    }

    [Fact]
    public async Task Unregister_AReminder_DeletesTheRow()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);
        var grain = host.Get<IReminderGrain>("r");
        await grain.Register("sweep", Minute, Minute);
        Assert.True(await grain.Has("sweep"));

        await grain.Unregister("sweep");

        Assert.Empty(await grain.Names());
        Assert.Empty(source.Query("SELECT 1 FROM OrleansRemindersTable"));
    }

    [Fact]
    public async Task Unregister_StaleHandle_Throws()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);

        await Assert.ThrowsAsync<ReminderException>(() => host.Get<IReminderGrain>("r").UnregisterStale("sweep"));
    }

    [Fact]
    public async Task Register_PeriodBeyond32Bits_IsKept()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);

        await host.Get<IReminderGrain>("r").Register("rare", Minute, TimeSpan.FromDays(60));

        Assert.Equal(["5184000000"], source.Query("SELECT Period FROM OrleansRemindersTable"));
    }

    [Fact]
    public async Task ReadRows_OfARange_FollowsTheRing()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);
        var table = (IReminderTable)host.Services.GetService(typeof(IReminderTable))!;
        string[] keys = ["a", "b", "c", "d", "e", "f"];
        foreach (var key in keys)
            await host.Get<IReminderGrain>(key).Register("sweep", Minute, Minute);
        var ring = keys.Select(key => (Key: key, Hash: GrainId.Create("reminder", key).GetUniformHashCode())).OrderBy(grain => grain.Hash).ToArray();

        var inside = await table.ReadRows(ring[1].Hash, ring[4].Hash);
        var around = await table.ReadRows(ring[4].Hash, ring[1].Hash);
        var all = await table.ReadRows(0, 0);

        Assert.Equal(ring[2..5].Select(grain => grain.Key).Order(), KeysOf(inside));
        Assert.Equal(ring[..2].Append(ring[5]).Select(grain => grain.Key).Order(), KeysOf(around));
        Assert.Equal(keys, KeysOf(all));
    }

    [Fact]
    public async Task Start_QueryMissing_NamesIt()
    {
        using var source = new SqliteSource();
        source.Execute("DELETE FROM OrleansQuery WHERE QueryKey = 'ReadRangeRows2Key'");

        var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(() => StartAsync(source));

        Assert.Contains("ReadRangeRows2Key", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DatabaseDown_Fails()
    {
        using var source = new SqliteSource { IsDown = true };

        await Assert.ThrowsAsync<IOException>(() => StartAsync(source));
    }

    private static IEnumerable<string> KeysOf(ReminderTableData rows) => rows.Reminders.Select(row => row.GrainId.Key.ToString()).Order();

    private static Task<TestHost> StartAsync(SqliteSource source, ManualTimeProvider? clock = null) => TestHost.StartAsync(
        silo => silo.UseAdoNetReminderService((AdoNetReminderTableOptions options) =>
        {
            options.Invariant = "System.Data.SQLite";
            options.DataSource = source;
        }),
        clock);
}
