using System.Text.Json.Nodes;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.EventLog;

public sealed class EventLogReaderTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public EventLogReaderTests() => _orleans = new OrleansCalls(_database);

    private EventLogReader Events => _database.Storage.Events;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task LastSeq_EmptyLog_IsZero()
    {
        Assert.Equal(0, await Events.LastSeqAsync());
        Assert.Empty(await Events.ReadAfterAsync(0, 10));
    }

    [Fact]
    public async Task ReadAfter_OneEvent_HasEveryField()
    {
        await AddAsync(1);

        var item = Assert.Single(await Events.ReadAfterAsync(0, 10));

        Assert.Equal(
            new PoolEvent(
                1, new DateTimeOffset(2026, 1, 18, 5, 0, 0, 123, TimeSpan.Zero), "task_ready", "admin", "t_1", "acme/widgets", """{"to":"ready"}""")
            {
                Mark = item.Mark,
            },
            item);
        Assert.Matches("^[0-9a-f]{10}$", item.Mark);
    }

    [Fact]
    public async Task ReadAfter_InPages_GivesEachEventOnceInOrder()
    {
        for (var i = 1; i <= 25; i++)
            await AddAsync(i);

        var seen = new List<string>();
        long last = 0;
        while (await Events.ReadAfterAsync(last, 10) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 10);
            seen.AddRange(page.Select(item => item.Target));
            last = page[^1].Seq;
        }

        Assert.Equal(Enumerable.Range(1, 25).Select(i => $"t_{i}"), seen);
        Assert.Equal(last, await Events.LastSeqAsync());
    }

    [Fact]
    public async Task ReadAfter_WithoutRepo_IsNull()
    {
        await _orleans.WriteAsync(
            "worker", "w_1", null, States.Worker("w_1").With("events", new JsonArray(States.Event().With("repo", null))).Text());

        Assert.Null(Assert.Single(await Events.ReadAfterAsync(0, 1)).Repo);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task ReadAfter_NoLimit_IsRefused(int limit)
        => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Events.ReadAfterAsync(0, limit));

    [Fact]
    public async Task LastSeq_AfterReopening_GoesOn()
    {
        await AddAsync(1);
        _database.Close();
        await AddAsync(2);

        Assert.Equal(2, await Events.LastSeqAsync());
    }

    [Fact]
    public async Task ReadExtent_EventsRemoved_OldestIsTheFirstKeptOrTheNextToCome()
    {
        Assert.Equal(1, (await Events.ReadExtentAsync()).Oldest);
        for (var i = 1; i <= 5; i++)
            await AddAsync(i);
        Assert.Equal(1, (await Events.ReadExtentAsync()).Oldest);

        await _database.ExecuteAsync("DELETE FROM pool_events WHERE seq <= 3");
        Assert.Equal(4, (await Events.ReadExtentAsync()).Oldest);

        await _database.ExecuteAsync("DELETE FROM pool_events");
        Assert.Equal(6, (await Events.ReadExtentAsync()).Oldest);
    }

    private Task AddAsync(int i) => _orleans.WriteAsync("task", $"t_{i}", null, States.Task($"t_{i}").Text());
}
