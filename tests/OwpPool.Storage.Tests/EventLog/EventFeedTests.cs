using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.Sqlite;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.EventLog;

public sealed class EventFeedTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;
    private readonly CancellationTokenSource _stop = new(Deadline);

    public EventFeedTests() => _orleans = new OrleansCalls(_database);

    private EventFeed Feed => _database.Storage.Feed;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stop.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task LatestSeq_AnsweredWrite_IsCounted()
    {
        Assert.Equal(0, Feed.LatestSeq);
        Assert.Equal(new EventExtent(Oldest: 1, Latest: 0), await Feed.ReadExtentAsync());

        for (var i = 1; i <= 20; i++)
        {
            await AddAsync(i);
            Assert.Equal(i, Feed.LatestSeq);
        }

        Assert.Equal(new EventExtent(Oldest: 1, Latest: 20), await Feed.ReadExtentAsync());
    }

    [Fact]
    public async Task LatestSeq_WritesWithoutEvents_StaysAsItIs()
    {
        await AddAsync(1);
        await _database.Storage.Cursors.AdvanceAsync("someone", 1);

        Assert.Equal(1, Feed.LatestSeq);
    }

    [Fact]
    public async Task LatestSeq_NewestRemovedAndReopened_DoesNotFall()
    {
        await AddAsync(1);
        await AddAsync(2);
        await _database.ExecuteAsync("DELETE FROM pool_events");
        _database.Close();

        Assert.Equal(2, Feed.LatestSeq);
        Assert.Equal(new EventExtent(Oldest: 3, Latest: 2), await Feed.ReadExtentAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LatestSeq_CommitSeenBeforeTheWriterSaysSo_IsCounted(bool isFollowed)
    {
        await AddRowsAsync(3);
        using var readers = new ReaderPool(_database.Options, static () => { }, static () => Task.CompletedTask);
        var (log, tail) = (new EventLogReader(readers), new EventFeedTail());
        var feed = new EventFeed(log, tail, TimeProvider.System);
        tail.Moved(2);

        if (isFollowed)
            Assert.Equal([1L, 2, 3], (await TakeAsync(feed, 3, after: 0)).Select(item => item.Seq));
        else
            Assert.Equal(new EventExtent(Oldest: 1, Latest: 3), await feed.ReadExtentAsync());

        Assert.Equal(3, feed.LatestSeq);
        tail.Moved(2);
        Assert.Equal(3, feed.LatestSeq);
        feed.Stop();
    }

    [Fact]
    public async Task Follow_EventsBeforeAndAfter_ComeOnceInOrder()
    {
        await AddAsync(1);
        await AddAsync(2);
        var reader = TakeAsync(4, after: 1);

        await AddAsync(3);
        await AddAsync(4);
        await AddAsync(5);

        Assert.Equal(["t_2", "t_3", "t_4", "t_5"], (await reader).Select(item => item.Target));
    }

    [Fact]
    public async Task Follow_FromLatest_HasOnlyNewOnes()
    {
        await AddAsync(1);
        var reader = TakeAsync(1, after: Feed.LatestSeq);

        await AddAsync(2);

        Assert.Equal("t_2", Assert.Single(await reader).Target);
    }

    [Fact]
    public async Task Follow_ManyReadersWhileManyWrite_EachSeesEveryEventOnce()
    {
        const int Writers = 8, Each = 100, Readers = 40;
        var readers = Enumerable.Range(0, Readers).Select(_ => TakeAsync(Writers * Each, after: 0)).ToList();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var i = 0; i < Each; i++)
                await AddAsync(writer * Each + i);
        }));

        foreach (var reader in readers)
            Assert.Equal(Enumerable.Range(1, Writers * Each).Select(seq => (long)seq), (await reader).Select(item => item.Seq));
    }

    [Fact]
    public async Task Follow_FurtherBackThanMemory_CatchesUpFromTheLog()
    {
        const int Old = EventFeed.Capacity + 3 * EventFeed.PageSize;
        await AddRowsAsync(Old);
        var reader = TakeAsync(Old + 1, after: 0);

        await AddAsync(1);

        Assert.Equal(Enumerable.Range(1, Old + 1).Select(seq => (long)seq), (await reader).Select(item => item.Seq));
    }

    [Fact]
    public async Task Follow_ReaderThatStopsReading_CatchesUpWhenItGoesOn()
    {
        await AddAsync(1);
        await using var slow = Feed.FollowAsync(0, null, _stop.Token).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        var fast = TakeAsync(EventFeed.Capacity + 1000, after: 1);

        await AddRowsAsync(EventFeed.Capacity + 1000);

        Assert.Equal(EventFeed.Capacity + 1000, (await fast).Count);
        for (var seq = 2; seq <= EventFeed.Capacity + 1001; seq++)
        {
            Assert.True(await slow.MoveNextAsync());
            Assert.Equal(seq, slow.Current.Seq);
        }
    }

    [Fact]
    public async Task Follow_BeforeTheOldestKept_BeginsWithIt()
    {
        await AddRowsAsync(10);
        await _database.ExecuteAsync("DELETE FROM pool_events WHERE seq < 8");

        Assert.Equal(8, (await Feed.ReadExtentAsync()).Oldest);
        Assert.Equal([8L, 9, 10], (await TakeAsync(3, after: 2)).Select(item => item.Seq));
    }

    [Fact]
    public async Task Follow_NumberOfAnotherDatabase_IsRefused()
    {
        await AddAsync(1);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => TakeAsync(1, after: 2));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => TakeAsync(1, after: -1));
    }

    [Fact]
    public async Task Follow_Cancelled_Ends()
    {
        using var stop = new CancellationTokenSource();
        var reader = TakeAsync(1, after: 0, stop: stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader);
    }

    [Fact]
    public async Task Follow_StorageCloses_Ends()
    {
        var reader = TakeAsync(1, after: 0);
        await _database.Storage.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reader);
    }

    [Fact]
    public async Task Follow_LogCannotBeRead_SaysSoAndGoesOnWhenItCan()
    {
        await using var later = new TempDatabase();
        using var readers = new ReaderPool(later.Options, static () => { }, static () => Task.CompletedTask);
        var tail = new EventFeedTail();
        var feed = new EventFeed(new EventLogReader(readers), tail, TimeProvider.System);
        var reader = TakeAsync(feed, 1, after: 0);

        // The file is not there yet.
        tail.Moved(1);

        await Assert.ThrowsAsync<SqliteException>(() => reader);
        await AddAsync(new OrleansCalls(later), 1);
        Assert.Equal("t_1", Assert.Single(await TakeAsync(feed, 1, after: 0)).Target);
        feed.Stop();
    }

    [Fact]
    public async Task Follow_RowThatSomebodyDamaged_HidesNoOther()
    {
        await AddRowsAsync(3);
        await _database.ExecuteAsync("UPDATE pool_events SET at = 'some day', details = 'no json' WHERE seq = 2");

        var events = await TakeAsync(3, after: 0);

        Assert.Equal([1L, 2, 3], events.Select(item => item.Seq));
        Assert.Equal((DateTimeOffset.UnixEpoch, "no json"), (events[1].At, events[1].Details));
    }

    [Fact]
    public async Task FollowPages_NothingWanted_StillMovesOn()
    {
        await AddRowsAsync(3);

        await using var pages = Feed.FollowPagesAsync(0, new EventFilter { Topics = ["worker"] }, _stop.Token).GetAsyncEnumerator();

        Assert.True(await pages.MoveNextAsync());
        Assert.Equal((0, 3L), (pages.Current.Events.Count, pages.Current.UpTo));
    }

    [Theory]
    [InlineData("task", "task.merged", true)]
    [InlineData("task.merged", "task.merged", true)]
    [InlineData("task.merge", "task.merged", false)]
    [InlineData("tas", "task.merged", false)]
    [InlineData("worker", "task.merged", false)]
    [InlineData("task.merged", "task", false)]
    public void Takes_Topic_IsAWholeWordOfTheType(string topic, string type, bool taken)
        => Assert.Equal(taken, new EventFilter { Topics = ["none", topic] }.Takes(Event(type)));

    [Fact]
    public void Takes_RepoAndTarget_BothMustBe()
    {
        Assert.True(new EventFilter().Takes(Event("task.merged")));
        Assert.True(new EventFilter { Repo = "Acme/Widgets", Target = "t_1" }.Takes(Event("task.merged")));
        Assert.False(new EventFilter { Repo = "acme/other" }.Takes(Event("task.merged")));
        Assert.False(new EventFilter { Repo = "acme/widgets", Target = "t_2" }.Takes(Event("task.merged")));
    }

    [Fact]
    public void Ring_DetailsOfGreatSize_KeepsFewer()
    {
        var ring = new EventFeedRing(100, 0);
        var details = new string('x', 1 << 20);

        ring.Append([.. Enumerable.Range(1, 20).Select(seq => Event("task.noted") with { Seq = seq, Details = details })], 20);

        Assert.Null(ring.ReadAfter(11, 100));
        Assert.Equal(8, ring.ReadAfter(12, 100)!.Value.Events.Count);
    }

    private static PoolEvent Event(string type)
        => new(1, DateTimeOffset.UnixEpoch, type, "admin", "t_1", "acme/widgets", "{}");

    private Task<List<PoolEvent>> TakeAsync(int count, long after, CancellationToken stop = default) => TakeAsync(Feed, count, after, stop);

    private async Task<List<PoolEvent>> TakeAsync(EventFeed feed, int count, long after, CancellationToken stop = default)
    {
        var events = new List<PoolEvent>();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, stop);
        await foreach (var item in feed.FollowAsync(after, null, either.Token))
        {
            events.Add(item);
            if (events.Count == count)
                break;
        }

        return events;
    }

    private Task AddAsync(int i) => AddAsync(_orleans, i);

    private static Task AddAsync(OrleansCalls orleans, int i)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"t_{i}");
        return orleans.WriteAsync("task", id, null, States.Task(id).With("events", new JsonArray(States.Event(target: id))).Text());
    }

    private Task AddRowsAsync(int count) => _database.ExecuteAsync(
        """
        WITH RECURSIVE line(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < @count)
        INSERT INTO pool_events (at, type, actor, target, details) SELECT @at, 'task.noted', 'admin', 't_' || n, '{}' FROM line
        """,
        ("@count", (long)count), ("@at", States.At));
}
