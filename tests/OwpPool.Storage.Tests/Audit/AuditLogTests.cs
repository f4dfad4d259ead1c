using OwpPool.Storage.Audit;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Audit;

public sealed class AuditLogTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 0, 0, 0, TimeSpan.Zero);

    private readonly TempDatabase _database = new();

    private AuditLog Audit => _database.Storage.Audit;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Read_EmptyLog_IsEmpty()
    {
        Assert.Empty(await Audit.ReadAsync(new AuditFilter(), new AuditPage { Limit = 10 }));
        Assert.Equal(new AuditTotal(0, true), await Audit.CountAsync(new AuditFilter()));
        Assert.Equal(new AuditTotal(0, true), await Audit.CountAsync(new AuditFilter { Since = Start, Until = Start.AddDays(1) }));
    }

    [Fact]
    public async Task Read_NoFilter_IsNewestFirstWithEveryField()
    {
        await FillAsync(3);

        var entries = await Audit.ReadAsync(new AuditFilter(), new AuditPage { Limit = 2 });

        Assert.Equal([3L, 2L], entries.Select(entry => entry.Seq));
        Assert.Equal(new AuditEntry(3, "2026-01-18T00:00:03.000Z", "task.noted", "w_0", "t_3", "acme/r0", """{"n":"3"}"""), entries[0]);
    }

    public static TheoryData<AuditFilter, string> Filters { get; } = new()
    {
        { new AuditFilter { EventType = "task.merged" }, "type" },
        { new AuditFilter { Actor = "w_3" }, "actor" },
        { new AuditFilter { Target = "t_7" }, "target" },
        { new AuditFilter { Repo = "acme/r2" }, "repo" },
        { new AuditFilter { Repo = "acme/r2", EventType = "task.merged" }, "repo" },
        { new AuditFilter { Repo = "acme/r2", EventType = "task.merged" }, "type" },
        { new AuditFilter { Actor = "w_3", Since = Start.AddSeconds(1_500), Until = Start.AddSeconds(2_500) }, "actor" },
        { new AuditFilter { Target = "t_8", Actor = "w_3", Repo = "acme/r2", EventType = "task.noted" }, "target" },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Read_Filtered_FindsWhatALookAtAllFindsAndUsesTheIndex(AuditFilter filter, string column)
    {
        await FillAsync(3_500);

        foreach (var ascending in new[] { false, true })
        {
            var found = await Audit.ReadAsync(filter, new AuditPage { Ascending = ascending, Limit = 5_000 });
            Assert.Equal(await ExpectedAsync(filter, ascending), found.Select(entry => entry.Seq));
            Assert.NotEmpty(found);
            var plan = await PlanAsync(AuditQuery.Of(filter, column).Rows(ascending).Text);
            Assert.StartsWith($"SEARCH TABLE pool_events USING INDEX pool_events_by_{column} ({column}=? AND rowid>? AND rowid<?)", plan.Replace("SEARCH pool_events", "SEARCH TABLE pool_events", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(999, 1_000)]
    [InlineData(1_200, 2_800)]
    [InlineData(3_400, 3_600)]
    [InlineData(5_000, 6_000)]
    [InlineData(-100, -1)]
    public async Task Read_ByTime_FindsTheRangeOfNumbersAndSearchesThatOnly(int sinceSecond, int untilSecond)
    {
        await FillAsync(3_500);
        var filter = new AuditFilter { Since = Start.AddSeconds(sinceSecond), Until = Start.AddSeconds(untilSecond) };

        var found = await Audit.ReadAsync(filter, new AuditPage { Limit = 5_000 });

        Assert.Equal(await ExpectedAsync(filter, ascending: false), found.Select(entry => entry.Seq));
        Assert.Equal(found.Count, (await Audit.CountAsync(filter)).Count);
        var plan = await PlanAsync(AuditQuery.Of(filter, null).Rows(ascending: false).Text);
        Assert.Contains("USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ByTime_ReadsTheSpansThatReachIntoItOnly()
    {
        await FillAsync(3_500);

        await _database.Storage.RunOnWriterAsync(connection =>
        {
            var query = AuditQuery.Of(connection, new AuditFilter { Since = Start.AddSeconds(1_200), Until = Start.AddSeconds(1_300) });
            Assert.Equal((1_000, 2_000), (query.After, query.UpTo));
            query = AuditQuery.Of(connection, new AuditFilter { Since = Start.AddSeconds(3_200) });
            Assert.Equal((3_000, long.MaxValue), (query.After, query.UpTo));
            query = AuditQuery.Of(connection, new AuditFilter { Until = Start.AddSeconds(2) });
            Assert.Equal((0, 1_000), (query.After, query.UpTo));
        });
    }

    [Fact]
    public async Task Read_ClockSteppedBack_StillFindsAll()
    {
        await FillAsync(2_500);
        await FillAsync(2_500, second: i => i - 2_500);

        foreach (var (since, until) in new[] { (0, 10), (500, 1_500), (1_800, 2_600), (-5, 3), (2_499, 2_501) })
        {
            var filter = new AuditFilter { Since = Start.AddSeconds(since), Until = Start.AddSeconds(until) };
            var found = await Audit.ReadAsync(filter, new AuditPage { Limit = 10_000 });
            Assert.Equal(await ExpectedAsync(filter, ascending: false), found.Select(entry => entry.Seq));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_PageByPage_GivesEachOnce(bool ascending)
    {
        await FillAsync(250);
        var filter = new AuditFilter { Actor = "w_3" };
        var seen = new List<long>();
        long? beyond = null;

        while (await Audit.ReadAsync(filter, new AuditPage { Ascending = ascending, Beyond = beyond, Limit = 7 }) is { Count: > 0 } page)
        {
            seen.AddRange(page.Select(entry => entry.Seq));
            beyond = page[^1].Seq;
            // What is written meanwhile comes in the ascending order only, and at its end.
            if (seen.Count == 14) await FillAsync(10);
        }

        var expected = (await ExpectedAsync(filter, ascending)).Where(seq => ascending || seq <= 250);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task Read_Offset_PassesOver()
    {
        await FillAsync(20);

        var page = await Audit.ReadAsync(new AuditFilter { Actor = "w_1" }, new AuditPage { Offset = 1, Limit = 2 });

        Assert.Equal((await ExpectedAsync(new AuditFilter { Actor = "w_1" }, false)).Skip(1).Take(2), page.Select(entry => entry.Seq));
    }

    [Theory]
    [InlineData(AuditLog.CountedEvents, AuditLog.CountedEvents, true)]
    [InlineData(AuditLog.CountedEvents + 1, AuditLog.CountedEvents, false)]
    public async Task Count_AtTheLimitAndOnePast_SaysWhetherItIsExact(int events, long count, bool exact)
    {
        await FillAsync(events, actor: "admin");

        Assert.Equal(new AuditTotal(count, exact), await Audit.CountAsync(new AuditFilter { Actor = "admin" }));
        Assert.Equal(new AuditTotal(events, true), await Audit.CountAsync(new AuditFilter()));
    }

    [Fact]
    public async Task Read_SeveralFilters_GoesByTheOneThatFindsLeast()
    {
        await FillAsync(3_000, actor: "admin");
        await _database.ExecuteAsync(
            "INSERT INTO pool_events (at, type, actor, target, details) VALUES ('2026-01-18T00:00:00.000Z', 'worker.revoked', 'admin', 'w_9', '{}')");

        await _database.Storage.RunOnWriterAsync(connection => Assert.Contains(
            "INDEXED BY pool_events_by_type",
            AuditQuery.Of(connection, new AuditFilter { Actor = "admin", EventType = "worker.revoked" }).Count().Text, StringComparison.Ordinal));
    }

    private async Task FillAsync(int count, Func<int, int>? second = null, string? actor = null)
    {
        var first = (int)await _database.Storage.Events.LastSeqAsync();
        // One text is one transaction, as sealed as any other.
        await _database.ExecuteAsync(
            """
            WITH RECURSIVE n(i) AS (SELECT @first + 1 UNION ALL SELECT i + 1 FROM n WHERE i < @last)
            INSERT INTO pool_events (at, type, actor, target, repo, details)
            SELECT strftime('%Y-%m-%dT%H:%M:%S.000Z', 1768694400 + i + @shift, 'unixepoch'),
              CASE i % 6 WHEN 5 THEN 'task.merged' ELSE 'task.noted' END, COALESCE(@actor, 'w_' || (i % 5 * (i % 6 <> 3))), 't_' || (i % 50),
              'acme/r' || (i % 3), json_object('n', CAST(i AS TEXT)) FROM n
            """,
            ("@first", (long)first), ("@last", (long)first + count), ("@shift", second is null ? 0L : second(first) - first), ("@actor", actor));
    }

    /// <summary>The same by a look at every row, without any index.</summary>
    private async Task<IEnumerable<long>> ExpectedAsync(AuditFilter filter, bool ascending)
    {
        var rows = (await _database.ExecuteAsync("SELECT * FROM pool_events NOT INDEXED ORDER BY seq")).Rows.Where(row =>
            (filter.EventType ?? row["type"]).Equals(row["type"]) && (filter.Actor ?? row["actor"]).Equals(row["actor"])
            && (filter.Target ?? row["target"]).Equals(row["target"]) && (filter.Repo ?? row["repo"]).Equals(row["repo"])
            && (filter.Since is not { } since || DateTimeOffset.Parse((string)row["at"], System.Globalization.CultureInfo.InvariantCulture) >= since)
            && (filter.Until is not { } until || DateTimeOffset.Parse((string)row["at"], System.Globalization.CultureInfo.InvariantCulture) < until));
        var seqs = rows.Select(row => (long)row["seq"]);
        return ascending ? seqs : seqs.Reverse();
    }

    private async Task<string> PlanAsync(string sql) => string.Join('\n',
        (await _database.ExecuteAsync("EXPLAIN QUERY PLAN " + System.Text.RegularExpressions.Regex.Replace(sql, @"\?\d+", "1"))).Rows
            .Select(row => row["detail"]));
}
