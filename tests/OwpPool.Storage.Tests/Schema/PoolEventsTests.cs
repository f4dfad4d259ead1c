using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Schema;

/// <summary>Every change of a task, worker or repo leaves its events in the same transaction.</summary>
public sealed class PoolEventsTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public PoolEventsTests() => _orleans = new OrleansCalls(_database);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Write_OneEvent_AppendsItWithAllItsFields()
    {
        await _orleans.WriteAsync("task", "t_1", null, States.Task("t_1").Text());

        var row = Assert.Single((await EventsAsync()).Rows);
        Assert.Equal(
            new object[] { 1L, States.At, "task_ready", "admin", "t_1", "acme/widgets", """{"to":"ready"}""" },
            new[] { "seq", "at", "type", "actor", "target", "repo", "details" }.Select(column => row[column]));
    }

    [Fact]
    public async Task Write_ThreeEvents_AppendsThemInOrder()
    {
        var events = new JsonArray(States.Event("a"), States.Event("b").With("repo", null).With("details", null), States.Event("c"));
        await _orleans.WriteAsync("task", "t_1", null, States.Task("t_1").With("events", events).Text());

        var rows = (await EventsAsync()).Rows;
        Assert.Equal(["a", "b", "c"], rows.Select(row => row["type"]));
        Assert.Equal(DBNull.Value, rows[1]["repo"]);
        Assert.Equal("{}", rows[1]["details"]);
        Assert.Equal("""{"to":"ready"}""", rows[2]["details"]);
    }

    [Fact]
    public async Task Write_Update_AppendsTheNewStatesEvents()
    {
        await _orleans.WriteAsync("task", "t_1", null, States.Task("t_1").Text());
        await _orleans.WriteAsync("task", "t_1", 1, States.Task("t_1", phase: "leased", worker: "w_1").Text());

        Assert.Equal(["task_ready", "task_leased"], (await EventsAsync()).Rows.Select(row => row["type"]));
    }

    [Theory]
    [InlineData("task", "[]")]
    [InlineData("worker", "[]")]
    [InlineData("repo", "[]")]
    [InlineData("task", "null")]
    [InlineData("task", "{}")]
    [InlineData("task", "[null]")]
    [InlineData("task", "[{\"at\":\"2026-01-18T05:00:00.000Z\"}]")]
    public async Task Write_WithoutEvent_IsRefusedAndNotStored(string state, string events)
    {
        var payload = States.Task("t_1").With("events", JsonNode.Parse(events)).Text();

        var error = await Assert.ThrowsAsync<SqliteException>(() => _orleans.WriteAsync(state, "t_1", null, payload));

        Assert.Contains("state written without an event", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await _database.CountAsync("OrleansStorage"));
        Assert.Equal(0, await _database.CountAsync("pool_events"));
    }

    [Fact]
    public async Task Write_EventsMemberMissing_IsRefused()
        => await Assert.ThrowsAsync<SqliteException>(() => _orleans.WriteAsync("repo", "repo/a", null, """{"repo":"a"}"""));

    [Fact]
    public async Task Write_UpdateWithoutEvent_IsRefusedAndOldStateStays()
    {
        await _orleans.WriteAsync("task", "t_1", null, States.Task("t_1").Text());

        await Assert.ThrowsAsync<SqliteException>(
            () => _orleans.WriteAsync("task", "t_1", 1, States.Task("t_1").With("events", new JsonArray()).Text()));

        Assert.Equal(1, (await _orleans.ReadAsync("task", "t_1"))!.Value.Version);
        Assert.Equal(1, await _database.CountAsync("pool_events"));
    }

    [Fact]
    public async Task Write_SecondEventWithoutType_IsRefusedWhole()
    {
        var events = new JsonArray(States.Event("a"), new JsonObject { ["at"] = States.At });

        await Assert.ThrowsAsync<SqliteException>(
            () => _orleans.WriteAsync("task", "t_1", null, States.Task("t_1").With("events", events).Text()));

        Assert.Equal(0, await _database.CountAsync("pool_events"));
        Assert.Equal(0, await _database.CountAsync("OrleansStorage"));
    }

    [Fact]
    public async Task Write_Conflict_AppendsNothing()
    {
        await _orleans.WriteAsync("task", "t_1", null, States.Task("t_1").Text());

        Assert.Null(await _orleans.WriteAsync("task", "t_1", null, States.Task("t_1").Text()));
        Assert.Null(await _orleans.WriteAsync("task", "t_1", 5, States.Task("t_1").Text()));
        Assert.Equal(1, await _database.CountAsync("pool_events"));
    }

    [Fact]
    public async Task Write_OtherStateWithoutEvents_IsStored()
    {
        Assert.Equal(1, await _orleans.WriteAsync("directory", "pool", null, "{}"));
        Assert.Equal(1, await _orleans.WriteAsync("counter", "a", null, """{"events":[]}"""));
        Assert.Equal(0, await _database.CountAsync("pool_events"));
    }

    [Fact]
    public async Task Write_OtherStateWithEvents_AppendsThem()
    {
        await _orleans.WriteAsync("settings", "pool", null, new JsonObject { ["events"] = new JsonArray(States.Event("a")) }.Text());

        Assert.Equal(1, await _database.CountAsync("pool_events"));
    }

    [Theory]
    [InlineData("task")]
    [InlineData("worker")]
    [InlineData("repo")]
    public async Task ClearOrDelete_OfPoolState_IsRefused(string state)
    {
        await _orleans.WriteAsync(state, "t_1", null, States.Task("t_1").Text());

        await Assert.ThrowsAsync<SqliteException>(() => _orleans.ClearAsync(state, "t_1", 1));
        await Assert.ThrowsAsync<SqliteException>(() => _orleans.DeleteAsync(state, "t_1", 1));
        Assert.NotNull((await _orleans.ReadAsync(state, "t_1"))!.Value.Payload);
    }

    [Fact]
    public async Task Write_Concurrent_GivesEveryChangeItsOwnNumber()
    {
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => _orleans.WriteAsync("task", $"t_{i}", null, States.Task($"t_{i}").Text())));

        var rows = (await EventsAsync()).Rows;
        Assert.Equal(Enumerable.Range(1, 300).Select(i => (long)i), rows.Select(row => (long)row["seq"]));
        Assert.Equal(300, rows.Select(row => row["target"]).Distinct().Count());
    }

    private Task<Result> EventsAsync() => _database.ExecuteAsync("SELECT * FROM pool_events ORDER BY seq");
}
