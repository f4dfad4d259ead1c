using OwpPool.Storage.TaskLogs;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.TaskLogs;

public sealed class TaskLogStoreTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public TaskLogStoreTests() => _orleans = new OrleansCalls(_database);

    private TaskLogStore Logs => _database.Storage.TaskLogs;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Append_Holder_KeepsEveryFieldInOrder()
    {
        await LeaseAsync("t_1", "w_1");
        var said = Now - TimeSpan.FromMinutes(1);

        var lines = Lines("t_1", "w_1", new NewLogLine(said, "warn", "build", "Zeile \"1\"\n\tzwei €"), new NewLogLine(null, "info", null, ""));
        var last = await Logs.AppendAsync(lines, 100, 1 << 20);

        Assert.Equal(
            [
                new TaskLogLine(1, said, Now, "w_1", 7, "warn", "build", "Zeile \"1\"\n\tzwei €"),
                new TaskLogLine(2, Now, Now, "w_1", 7, "info", null, ""),
            ],
            await Logs.ReadAfterAsync("t_1", 0, 10));
        Assert.Equal(2, last);
        Assert.Equal(new TaskLogExtent(1, 2, 0, true), await Logs.ReadExtentAsync("t_1", 2));
        Assert.Equal(1, _database.Storage.Feed.LatestSeq);
    }

    [Theory]
    [InlineData("t_1", "w_2", 7)]
    [InlineData("t_1", "w_1", 6)]
    [InlineData("t_1", "w_1", 8)]
    [InlineData("t_2", "w_1", 7)]
    [InlineData("t_3", "w_1", 7)]
    public async Task Append_NotTheHolder_WritesNothing(string task, string worker, long token)
    {
        await LeaseAsync("t_1", "w_1");
        await _orleans.WriteAsync("task", "t_2", null, States.Task("t_2").Text());

        Assert.Null(await Logs.AppendAsync(Lines(task, worker, Line("no")) with { Token = token }, 100, 1 << 20));
        Assert.Equal(0, await _database.CountAsync("pool_task_logs"));
    }

    [Fact]
    public async Task Append_MoreLinesThanATaskKeeps_TheOldestGo()
    {
        await LeaseAsync("t_1", "w_1");
        await LeaseAsync("t_2", "w_1");
        await Logs.AppendAsync(Lines("t_2", "w_1", Line("other")), 3, 1 << 20);
        await Logs.AppendAsync(Lines("t_1", "w_1", Line("a"), Line("b")), 3, 1 << 20);
        await Logs.AppendAsync(Lines("t_1", "w_1", Line("c")), 3, 1 << 20);
        Assert.Equal(["a", "b", "c"], await MessagesAsync("t_1"));

        await Logs.AppendAsync(Lines("t_1", "w_1", Line("d"), Line("e")), 3, 1 << 20);

        Assert.Equal(["c", "d", "e"], await MessagesAsync("t_1"));
        Assert.Equal(["other"], await MessagesAsync("t_2"));
        Assert.Equal(new TaskLogExtent(4, 6, 2, false), await Logs.ReadExtentAsync("t_1", 3));
    }

    [Fact]
    public async Task Append_MoreBytesThanATaskKeeps_TheOldestGo()
    {
        await LeaseAsync("t_1", "w_1");
        foreach (var letter in new[] { "ä", "b", "c", "d" })
            await Logs.AppendAsync(Lines("t_1", "w_1", Line(letter)), 100, 4);

        // Two bytes for the first and one for each other: four of them would be five.
        Assert.Equal(["b", "c", "d"], await MessagesAsync("t_1"));
        await Logs.AppendAsync(Lines("t_1", "w_1", Line("four")), 100, 4);
        Assert.Equal(["four"], await MessagesAsync("t_1"));
    }

    [Fact]
    public async Task Append_AllEarlierLinesRemoved_IdsGoOn()
    {
        await LeaseAsync("t_1", "w_1");
        await Logs.AppendAsync(Lines("t_1", "w_1", Line("a"), Line("b")), 100, 1 << 20);
        Assert.Equal(2, await Logs.RemoveAsync(Now.AddSeconds(1), 10));

        Assert.Equal(3, await Logs.AppendAsync(Lines("t_1", "w_1", Line("c")), 100, 1 << 20));
        Assert.Equal(new TaskLogExtent(3, 3, 0, false), await Logs.ReadExtentAsync("t_1", 2));
    }

    [Fact]
    public async Task Remove_OldAndNew_TakesTheOldAndNoMoreThanTheLimit()
    {
        await LeaseAsync("t_1", "w_1");
        await Logs.AppendAsync(Lines("t_1", "w_1", Line("a"), Line("b"), Line("c")), 100, 1 << 20);
        await Logs.AppendAsync(Lines("t_1", "w_1", Line("d")) with { Now = Now.AddHours(1) }, 100, 1 << 20);

        Assert.Equal(0, await Logs.RemoveAsync(Now, 10));
        Assert.Equal(2, await Logs.RemoveAsync(Now.AddHours(1), 2));
        Assert.Equal(1, await Logs.RemoveAsync(Now.AddHours(1), 2));
        Assert.Equal(["d"], await MessagesAsync("t_1"));
    }

    [Fact]
    public async Task Queries_OfATask_UseAnIndex()
    {
        foreach (var query in TaskLogStore.IndexedQueries)
        {
            var plan = await _database.ExecuteAsync(
                "EXPLAIN QUERY PLAN " + query.Replace("?1", "'t_1'", StringComparison.Ordinal)
                    .Replace("?2", "1", StringComparison.Ordinal).Replace("?3", "1", StringComparison.Ordinal));
            Assert.All(plan.Rows, row => Assert.StartsWith("SEARCH", (string)row["detail"], StringComparison.Ordinal));
        }
    }

    private static NewLogLine Line(string message) => new(null, "info", null, message);

    private static NewLogLines Lines(string task, string worker, params NewLogLine[] lines) => new(task, worker, 7, Now, lines);

    private async Task<string[]> MessagesAsync(string task) => [.. (await Logs.ReadAfterAsync(task, 0, 100)).Select(line => line.Message)];

    private Task LeaseAsync(string task, string worker) =>
        _orleans.WriteAsync("task", task, null, States.Task(task, phase: "leased", worker: worker).Text());
}
