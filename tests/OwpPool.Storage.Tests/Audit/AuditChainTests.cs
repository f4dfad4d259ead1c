using System.Globalization;
using OwpPool.Core.Audit;
using OwpPool.Storage.Audit;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Audit;

/// <summary>Whatever somebody does to the log with a tool of his own, a look at the chain names it.</summary>
public sealed class AuditChainTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public AuditChainTests() => _orleans = new OrleansCalls(_database);

    private AuditLog Audit => _database.Storage.Audit;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Verify_EmptyLog_IsIntactAtTheStart()
    {
        var report = await Audit.VerifyAsync();

        Assert.True(report.IsIntact);
        Assert.Equal((0, ChainMark.Start), (report.Events, report.Head));
    }

    [Fact]
    public async Task Verify_LogAsWritten_IsIntactAndEndsInTheLastEvent()
    {
        await FillAsync(30);

        var report = await Audit.VerifyAsync();

        Assert.Empty(report.Faults);
        Assert.Equal((30, 30, 0), (report.Events, report.Head.Seq, report.Anchor.Seq));
        Assert.Equal(report.Head.Hash, await TextAsync("SELECT lower(hex(hash)) FROM pool_events WHERE seq = 30"));
    }

    [Theory]
    [InlineData("UPDATE pool_events SET details = '{\"title\":\"Another\"}' WHERE seq = 7", 7, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET actor = 'w_2' WHERE seq = 7", 7, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET at = '2026-01-18T05:00:00.124Z' WHERE seq = 7", 7, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET type = 'task.merged' WHERE seq = 7", 7, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET target = 't_2' WHERE seq = 1", 1, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET repo = NULL WHERE seq = 30", 30, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET repo = '' WHERE seq = 6", 6, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET actor = actor || target, target = '' WHERE seq = 7", 7, ChainFaults.Changed)]
    [InlineData("UPDATE pool_events SET hash = NULL WHERE seq = 7", 7, ChainFaults.Foreign)]
    [InlineData("UPDATE pool_events SET hash = x'00' WHERE seq = 7", 7, ChainFaults.Foreign)]
    [InlineData("DELETE FROM pool_events WHERE seq = 7", 7, ChainFaults.Missing)]
    [InlineData("DELETE FROM pool_events WHERE seq BETWEEN 7 AND 9", 7, ChainFaults.Missing)]
    [InlineData("DELETE FROM pool_events WHERE seq = 1", 1, ChainFaults.Missing)]
    [InlineData("DELETE FROM pool_events WHERE seq <= 5", 1, ChainFaults.Missing)]
    [InlineData("DELETE FROM pool_events WHERE seq > 28", 29, ChainFaults.Missing)]
    [InlineData("DELETE FROM pool_events", 1, ChainFaults.Missing)]
    [InlineData("DELETE FROM pool_events; UPDATE sqlite_sequence SET seq = 0 WHERE name = 'pool_events'", 1, ChainFaults.Missing)]
    [InlineData("DELETE FROM pool_events WHERE seq <= 5; UPDATE pool_event_chain SET anchor_seq = 5, anchor_hash = (SELECT hash FROM pool_events WHERE seq = 6)", 1, ChainFaults.Missing)]
    [InlineData("INSERT INTO pool_events (at, type, actor, target, repo, details) SELECT at, type, actor, target, repo, details FROM pool_events WHERE seq = 7", 31, ChainFaults.Foreign)]
    [InlineData("INSERT INTO pool_events SELECT 0, at, type, actor, target, repo, details, hash FROM pool_events WHERE seq = 7", 0, ChainFaults.Foreign)]
    [InlineData("INSERT INTO pool_events SELECT -3, at, type, actor, target, repo, details, hash FROM pool_events WHERE seq = 7", -3, ChainFaults.Foreign)]
    [InlineData("UPDATE pool_events SET seq = -seq WHERE seq IN (7, 8); UPDATE pool_events SET seq = 15 + seq WHERE seq < 0", 7, ChainFaults.Changed)]
    [InlineData("UPDATE pool_event_chain SET head_hash = zeroblob(32)", 30, ChainFaults.Rewritten)]
    [InlineData("UPDATE pool_event_chain SET head_seq = 29", 29, ChainFaults.Rewritten)]
    [InlineData("DELETE FROM pool_event_chain", 0, ChainFaults.Rewritten)]
    public async Task Verify_ChangedWithAnotherTool_NamesTheFirstEvent(string sql, long seq, string kind)
    {
        await FillAsync(30);

        Tamper(sql);

        var report = await Audit.VerifyAsync();
        Assert.False(report.IsIntact);
        var fault = report.Faults.MinBy(found => found.Seq)!;
        Assert.Equal((seq, kind), (fault.Seq, fault.Kind));
        Assert.Contains(seq == 0 && kind == ChainFaults.Rewritten ? "record" : seq.ToString(CultureInfo.InvariantCulture), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OneEventChanged_FindsThatOneOnly()
    {
        await FillAsync(30);
        Tamper("UPDATE pool_events SET actor = 'w_2' WHERE seq = 7");

        Assert.Equal(7, Assert.Single((await Audit.VerifyAsync()).Faults).Seq);
    }

    [Fact]
    public async Task Verify_EventChangedWithItsHash_NamesItInTheNext()
    {
        await FillAsync(30);
        Recompute(from: 7, to: 7);

        var fault = Assert.Single((await Audit.VerifyAsync()).Faults);
        Assert.Equal(8, fault.Seq);
        Assert.Contains("event 7 with its hash", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_EventAndAllLaterHashesChanged_IsFoundByTheHead()
    {
        await FillAsync(30);
        Recompute(from: 7, to: 30);

        Assert.Equal((30, ChainFaults.Rewritten), Assert.Single((await Audit.VerifyAsync()).Faults) is var fault ? (fault.Seq, fault.Kind) : default);
    }

    [Fact]
    public async Task Verify_LogAndHeadRewritten_IsFoundByANotedMark()
    {
        await FillAsync(20);
        var noted = (await Audit.VerifyAsync()).Head;
        await FillAsync(10);
        Assert.True((await Audit.VerifyAsync(noted)).IsIntact);

        Recompute(from: 7, to: 30);
        Tamper("UPDATE pool_event_chain SET head_hash = (SELECT hash FROM pool_events WHERE seq = 30)");

        Assert.True((await Audit.VerifyAsync()).IsIntact);
        var fault = Assert.Single((await Audit.VerifyAsync(noted)).Faults);
        Assert.Equal((20, ChainFaults.NotedMark), (fault.Seq, fault.Kind));
    }

    [Fact]
    public async Task Verify_NotedMarkBeyondTheEnd_IsFound()
    {
        await FillAsync(3);

        var fault = Assert.Single((await Audit.VerifyAsync(new ChainMark(4, ChainMark.Start.Hash))).Faults);

        Assert.Equal((4, ChainFaults.NotedMark), (fault.Seq, fault.Kind));
    }

    [Fact]
    public async Task Verify_MoreFaultsThanAreDescribed_CountsThem()
    {
        await FillAsync(60);
        Tamper("UPDATE pool_events SET actor = 'nobody' WHERE seq % 2 = 0");

        var report = await Audit.VerifyAsync();

        Assert.Equal((30, ChainVerifier.MaxFaults), (report.FaultCount, report.Faults.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Verify_EventAddedAndPoolHasGoneOn_StaysForeign(bool reopen)
    {
        await FillAsync(3);
        Tamper("INSERT INTO pool_events (at, type, actor, target, details) VALUES ('2026-01-18T05:00:00.000Z', 'task.merged', 'w_1', 't_1', '{}')");
        if (reopen) _database.Close();
        await FillAsync(3);

        var fault = Assert.Single((await Audit.VerifyAsync()).Faults);
        Assert.Equal((4, ChainFaults.Foreign), (fault.Seq, fault.Kind));
    }

    [Fact]
    public async Task Verify_NumbersJump_IsNoFault()
    {
        await FillAsync(3);
        Tamper("UPDATE sqlite_sequence SET seq = 100 WHERE name = 'pool_events'");
        await FillAsync(3);

        Assert.Empty((await Audit.VerifyAsync()).Faults);
    }

    [Fact]
    public async Task Verify_AfterTampering_PoolHasGoneOn_StillNamesIt()
    {
        await FillAsync(10);
        Tamper("DELETE FROM pool_events WHERE seq > 7");
        await FillAsync(5);

        var fault = Assert.Single((await Audit.VerifyAsync()).Faults);
        Assert.Equal((8, ChainFaults.Missing), (fault.Seq, fault.Kind));
        Assert.Contains("Events 8 to 10", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_HeadRemoved_IsTakenAllTheSame()
    {
        await FillAsync(3);
        Tamper("DELETE FROM pool_event_chain");

        await FillAsync(1);

        Assert.Equal(4, await _database.Storage.Events.LastSeqAsync());
        Assert.False((await Audit.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task Verify_FailedStatementsAmongOthers_LeaveNoTrace()
    {
        var writes = Enumerable.Range(0, 200).Select(async i =>
        {
            var state = i % 3 == 0 ? States.Task($"t_f{i}").With("events", new System.Text.Json.Nodes.JsonArray()) : States.Task($"t_f{i}");
            return await Record.ExceptionAsync(() => _orleans.WriteAsync("task", $"t_f{i}", null, state.Text())) is null;
        });
        var succeeded = (await Task.WhenAll(writes)).Count(good => good);

        var report = await Audit.VerifyAsync();
        Assert.Empty(report.Faults);
        Assert.Equal(succeeded, report.Events);
    }

    [Fact]
    public async Task Verify_AfterReopening_GoesOn()
    {
        await FillAsync(3);
        _database.Close();
        await FillAsync(3);

        var report = await Audit.VerifyAsync();
        Assert.Empty(report.Faults);
        Assert.Equal(6, report.Events);
    }

    [Fact]
    public async Task Open_LogOfBeforeTheChain_IsSealedWhole()
    {
        await FillAsync(2);
        _database.Close();
        Tamper(
            $"""
            UPDATE pool_events SET hash = NULL;
            UPDATE pool_event_chain SET head_seq = 0, head_hash = zeroblob(32), low_at = NULL, high_at = NULL, old_seq = 25002;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
            INSERT INTO pool_events (at, type, actor, target, details) SELECT '{States.At}', 'old', 'admin', 't_' || i, '{"{}"}' FROM n
            """);

        var report = await Audit.VerifyAsync();
        Assert.Empty(report.Faults);
        Assert.Equal((25_002, 25_002), (report.Events, report.Head.Seq));
        Assert.Equal(25, await _database.CountAsync("pool_event_spans"));
    }

    [Fact]
    public async Task Verify_WhileThePoolWrites_IsIntact()
    {
        await FillAsync(100);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 1000; !stop.IsCancellationRequested; i++) await AddAsync(i);
        });

        for (var i = 0; i < 20; i++) Assert.Empty((await Audit.VerifyAsync()).Faults);

        await stop.CancelAsync();
        await writer;
    }

    private async Task FillAsync(int count)
    {
        var first = await _database.Storage.Events.LastSeqAsync();
        for (var i = 1; i <= count; i++) await AddAsync(first + i);
    }

    private Task AddAsync(long i) => _orleans.WriteAsync("task", $"t_{i}", null, States.Task($"t_{i}").Text());

    private void Tamper(string sql)
    {
        using var connection = _database.OpenBeside();
        connection.Execute("PRAGMA busy_timeout = 10000;" + sql);
    }

    /// <summary>Changes an event and, as somebody who knows how, the hashes of it and of those behind it.</summary>
    private void Recompute(long from, long to)
    {
        Tamper($"UPDATE pool_events SET actor = 'somebody' WHERE seq = {from}");
        using var connection = _database.OpenBeside();
        connection.Execute("PRAGMA busy_timeout = 10000");
        var chain = new AuditChain();
        var hash = Convert.FromHexString(connection.QueryText($"SELECT hex(hash) FROM pool_events WHERE seq = {from - 1}")!);
        for (var seq = from; seq <= to; seq++)
        {
            byte[] Column(string name) => System.Text.Encoding.UTF8.GetBytes(connection.QueryText($"SELECT {name} FROM pool_events WHERE seq = {seq}")!);
            var item = new ChainedEvent
            {
                Seq = seq,
                At = Column("at"),
                Type = Column("type"),
                Actor = Column("actor"),
                Target = Column("target"),
                HasRepo = true,
                Repo = Column("repo"),
                Details = Column("details"),
            };
            chain.Hash(hash, item, hash);
            connection.Execute($"UPDATE pool_events SET hash = x'{Convert.ToHexString(hash)}' WHERE seq = {seq}");
        }
    }

    private async Task<string> TextAsync(string sql) => (string)(await _database.ScalarAsync(sql))!;
}
