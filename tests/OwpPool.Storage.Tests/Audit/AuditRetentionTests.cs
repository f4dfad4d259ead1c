using OwpPool.Core.Audit;
using OwpPool.Storage.Audit;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Audit;

public sealed class AuditRetentionTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Start.AddDays(400);

    private readonly TempDatabase _database = new();

    private SqliteStorage Storage => _database.Storage;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(199)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(1_000)]
    [InlineData(1_001)]
    [InlineData(2_345)]
    public async Task Trim_SomeAreOlder_RemovesThoseAndSaysSoAndTheRestIsIntact(int older)
    {
        await FillAsync(2_500);

        Assert.Equal(older, await TrimAsync(Start.AddSeconds(older + 1)));

        Assert.Equal(older + 1, (await Storage.Events.ReadExtentAsync()).Oldest);
        var entry = (await Storage.Audit.ReadAsync(new AuditFilter(), new AuditPage { Limit = 1 }))[0];
        Assert.Equal((2_501, AuditLogEvents.Trimmed, "system", "audit", "2027-02-22T00:00:00.000Z"),
            (entry.Seq, entry.Type, entry.Actor, entry.Target, entry.At));
        Assert.Contains($"\"first_seq\":\"1\",\"through_seq\":\"{older}\"", entry.Details, StringComparison.Ordinal);
        var report = await Storage.Audit.VerifyAsync();
        Assert.Empty(report.Faults);
        Assert.Equal((2_501 - older, older), (report.Events, report.Anchor.Seq));
        Assert.Equal(2 - older / 1_000, await _database.CountAsync("pool_event_spans"));
        Assert.Equal(2_500 - older, (await Storage.Audit.ReadAsync(
            new AuditFilter { Since = Start, Until = Start.AddDays(1) }, new AuditPage { Limit = 5_000 })).Count);
    }

    [Fact]
    public async Task Trim_NoneIsOlder_ChangesNothing()
    {
        Assert.Null(await TrimAsync(Now));
        await FillAsync(10);
        Assert.Null(await TrimAsync(Start.AddSeconds(1)));
        Assert.Equal(10, await _database.CountAsync("pool_events"));
    }

    [Fact]
    public async Task Trim_AllAreOlder_LeavesTheEventThatSaysSo()
    {
        await FillAsync(450);

        Assert.Equal(450, await TrimAsync(Start.AddDays(300)));

        Assert.Equal(1, await _database.CountAsync("pool_events"));
        Assert.Equal((1, 450), await Storage.Audit.VerifyAsync() is { IsIntact: true } report ? (report.Events, report.Anchor.Seq) : default);
    }

    [Fact]
    public async Task Trim_EventOfALaterInstantAmongOlder_KeepsWhatIsBehindIt()
    {
        await FillAsync(10);
        await FillAsync(1, days: 100);
        await FillAsync(10);

        Assert.Equal(10, await TrimAsync(Start.AddDays(50)));

        Assert.Equal(11, (await Storage.Events.ReadExtentAsync()).Oldest);
    }

    [Fact]
    public async Task Trim_AgainAndAfterReopening_StaysIntact()
    {
        await FillAsync(900);
        await TrimAsync(Start.AddSeconds(301));
        _database.Close();
        await FillAsync(100);
        await TrimAsync(Start.AddSeconds(601));

        var report = await Storage.Audit.VerifyAsync();
        Assert.Empty(report.Faults);
        Assert.Equal((402, 600), (report.Events, report.Anchor.Seq));
    }

    [Fact]
    public async Task Trim_StoppedHalfWay_IsIntactAndGoesOnNextTime()
    {
        await FillAsync(1_000);
        using var stop = new CancellationTokenSource();
        var trimming = TrimAsync(Start.AddSeconds(901), stop.Token);
        await OwpPool.Testing.Eventually.TrueAsync(async () => (await Storage.Events.ReadExtentAsync()).Oldest > 1, "it has begun");
        await stop.CancelAsync();
        await Record.ExceptionAsync(() => trimming);

        Assert.Empty((await Storage.Audit.VerifyAsync()).Faults);
        await TrimAsync(Start.AddSeconds(901));
        Assert.Equal(901, (await Storage.Events.ReadExtentAsync()).Oldest);
        Assert.Empty((await Storage.Audit.VerifyAsync()).Faults);
    }

    [Fact]
    public async Task Verify_MoreRemovedThanRetentionSays_NamesIt()
    {
        await FillAsync(100);
        await TrimAsync(Start.AddSeconds(31));
        await _database.ExecuteAsync(
            """
            UPDATE pool_event_chain SET anchor_seq = 40, anchor_hash = (SELECT hash FROM pool_events WHERE seq = 40);
            DELETE FROM pool_events WHERE seq <= 40
            """);

        var fault = Assert.Single((await Storage.Audit.VerifyAsync()).Faults);
        Assert.Equal((31, ChainFaults.Missing), (fault.Seq, fault.Kind));
        Assert.Contains("Events 31 to 40", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_NotedMarkWasRemoved_SaysSo()
    {
        await FillAsync(100);
        var noted = (await Storage.Audit.VerifyAsync()).Head;
        await FillAsync(100);
        await TrimAsync(Start.AddSeconds(101));
        Assert.Empty((await Storage.Audit.VerifyAsync(noted)).Faults);

        await TrimAsync(Start.AddSeconds(151));

        var fault = Assert.Single((await Storage.Audit.VerifyAsync(noted)).Faults);
        Assert.Contains("not kept any more", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WhileRetentionRemoves_IsIntact()
    {
        await FillAsync(20_000);
        var trimming = TrimAsync(Start.AddSeconds(15_001));

        while (!trimming.IsCompleted) Assert.Empty((await Storage.Audit.VerifyAsync()).Faults);

        Assert.Equal(15_000, await trimming);
        Assert.Empty((await Storage.Audit.VerifyAsync()).Faults);
    }

    [Fact]
    public async Task Through_IsFound_WithoutALookAtEveryEvent()
    {
        var plan = (await _database.ExecuteAsync(
            "EXPLAIN QUERY PLAN " + AuditRetention.Through.Text.Replace("?1", "'x'", StringComparison.Ordinal))).Rows
            .Select(row => (string)row["detail"]).Where(detail => detail.Contains("pool_events", StringComparison.Ordinal));
        Assert.All(plan, detail => Assert.Matches("^SEARCH .*USING INTEGER PRIMARY KEY \\(rowid[<>]\\?\\)", detail));
    }

    /// <param name="kept">Events from this second on are kept for one that has not read them.</param>
    [Theory]
    [InlineData(1, 3, "")]
    [InlineData(4, 3, "")]
    [InlineData(5, 4, "github")]
    [InlineData(7, 6, "github webhook.h_1")]
    [InlineData(8, 7, "github webhook.h_1")]
    public async Task Trim_ConsumersHaveNotReadAll_KeepsItForThemUntilItIsTooOldForThatToo(int kept, int through, string unreadBy)
    {
        await FillAsync(10);
        await Storage.Cursors.AdvanceAsync("webhook.h_1", 5);
        await Storage.Cursors.AdvanceAsync("github", 3);
        await Storage.Cursors.AdvanceAsync("reputation", 10);

        var trim = (await Storage.Retention.TrimAsync(Start.AddSeconds(8), Start.AddSeconds(kept), Now))!;

        Assert.Equal((through, unreadBy), (trim.Through, string.Join(' ', trim.UnreadBy)));
        Assert.Equal(through + 1, (await Storage.Events.ReadExtentAsync()).Oldest);
        var said = (await Storage.Audit.ReadAsync(new AuditFilter(), new AuditPage { Limit = 1 }))[0].Details;
        Assert.Contains($"\"unread_by\":\"{unreadBy}\"", said, StringComparison.Ordinal);
        Assert.Empty((await Storage.Audit.VerifyAsync()).Faults);
        Assert.Null(await Storage.Retention.TrimAsync(Start.AddSeconds(8), Start.AddSeconds(kept), Now));
    }

    [Fact]
    public async Task Trim_ConsumerIsAtTheBeginning_KeepsAllUntilItIsGone()
    {
        await FillAsync(10);
        await Storage.Cursors.AdvanceAsync("github", 0);
        Assert.Null(await Storage.Retention.TrimAsync(Start.AddSeconds(8), Start.AddSeconds(1), Now));

        await Storage.Cursors.RemoveAsync("github");

        Assert.Equal(7, (await Storage.Retention.TrimAsync(Start.AddSeconds(8), Start.AddSeconds(1), Now))!.Through);
    }

    [Fact]
    public async Task Trim_TheEventThatAConsumerHasReadLastWasRemovedByHand_GoesOnlyAsFar()
    {
        await FillAsync(10);
        await Storage.Cursors.AdvanceAsync("github", 3);
        await _database.ExecuteAsync("DELETE FROM pool_events WHERE seq = 3");

        Assert.Equal(2, (await Storage.Retention.TrimAsync(Start.AddSeconds(8), Start.AddSeconds(1), Now))!.Through);
    }

    [Fact]
    public async Task Trim_UnreadFromALaterInstant_IsRefused() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
        () => Storage.Retention.TrimAsync(Start, Start.AddSeconds(1), Now));

    /// <summary>Waits for no consumer.</summary>
    private async Task<long?> TrimAsync(DateTimeOffset before, CancellationToken cancellationToken = default) =>
        (await Storage.Retention.TrimAsync(before, before, Now, cancellationToken))?.Through;

    private async Task FillAsync(int count, int days = 0)
    {
        var first = await Storage.Events.LastSeqAsync();
        await _database.ExecuteAsync(
            """
            WITH RECURSIVE n(i) AS (SELECT @first + 1 UNION ALL SELECT i + 1 FROM n WHERE i < @last)
            INSERT INTO pool_events (at, type, actor, target, repo, details)
            SELECT strftime('%Y-%m-%dT%H:%M:%S.000Z', 1768694400 + i + @days * 86400, 'unixepoch'), 'task.noted', 'w_1', 't_1', 'acme/r', '{}'
            FROM n
            """,
            ("@first", first), ("@last", first + count), ("@days", (long)days));
    }
}
