using Microsoft.Data.Sqlite;
using OwpPool.Storage.Tests.Support;
using OwpPool.Storage.Webhooks;

namespace OwpPool.Storage.Tests.Webhooks;

public sealed class WebhookTableTests : IAsyncDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    private readonly TempDatabase _database = new();

    private WebhookTable Hooks => _database.Storage.Webhooks;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Changes_OfAHook_EachHaveTheirEventAndNoneHasTheSecret()
    {
        Assert.True(await AddAsync("h_1"));
        await Hooks.RotateAsync("h_1", "sealed-2", At.AddDays(1), "admin", At);
        await Hooks.DisableAsync("h_1", "Nothing was taken.", "system", At);
        await Hooks.DisableAsync("h_1", "Nothing was taken.", "system", At);
        await Hooks.EnableAsync("h_1", 1, "admin", At);
        await Hooks.EnableAsync("h_1", 1, "admin", At);
        await Hooks.DeleteAsync("h_1", "admin", At);

        var events = await _database.Storage.Events.ReadAfterAsync(0, 100);
        Assert.Equal(
            ["webhook.created admin", "webhook.secret_rotated admin", "webhook.disabled system", "webhook.enabled admin", "webhook.deleted admin"],
            events.Select(item => $"{item.Type} {item.Actor}"));
        Assert.All(events, item => Assert.Equal((At, "h_1"), (item.At, item.Target)));
        Assert.All(events, item => Assert.DoesNotContain("sealed", item.Details, StringComparison.Ordinal));
        Assert.Contains("Nothing was taken.", events[2].Details, StringComparison.Ordinal);
        Assert.Null(await Hooks.FindAsync("h_1"));
    }

    [Fact]
    public async Task Delete_ByAnotherWay_IsRefused()
    {
        await AddAsync("h_1");
        await Assert.ThrowsAnyAsync<SqliteException>(() => _database.ExecuteAsync("DELETE FROM pool_webhooks"));
        Assert.NotNull(await Hooks.FindAsync("h_1"));
    }

    [Fact]
    public async Task Add_AtTheLimit_AddsNeitherHookNorPosition()
    {
        Assert.True(await AddAsync("h_1", most: 1));
        Assert.False(await AddAsync("h_2", most: 1));
        Assert.Equal(7, await _database.Storage.Cursors.GetAsync(WebhookTable.CursorOf("h_1")));
        Assert.Null(await _database.Storage.Cursors.GetAsync(WebhookTable.CursorOf("h_2")));
    }

    [Fact]
    public async Task Enable_AfterDisable_GoesOnWhereItStoppedOrWithTheOldestKept()
    {
        await AddAsync("h_1");
        await Hooks.SetDeliveredAsync("h_1", 9, At);
        await Hooks.DisableAsync("h_1", "why", "system", At);
        Assert.Null(await _database.Storage.Cursors.GetAsync(WebhookTable.CursorOf("h_1")));
        await Hooks.EnableAsync("h_1", 3, "admin", At);
        Assert.Equal(9, await _database.Storage.Cursors.GetAsync(WebhookTable.CursorOf("h_1")));
        await Hooks.DisableAsync("h_1", "why", "system", At);
        await Hooks.EnableAsync("h_1", 20, "admin", At);
        Assert.Equal(19, await _database.Storage.Cursors.GetAsync(WebhookTable.CursorOf("h_1")));
    }

    [Fact]
    public async Task Position_OfAHookThatIsGone_IsNotMadeAgain()
    {
        await AddAsync("h_1");
        await Hooks.DeleteAsync("h_1", "admin", At);
        await Hooks.SetDeliveredAsync("h_1", 9, At);
        await Hooks.PassAsync("h_1", 10);
        await Hooks.BuryAsync(new DeadLetter("h_1", 11, "task.created", "{}", 3, "why", At));
        Assert.Null(await Hooks.SetFailedAsync("h_1", "why", At));
        Assert.Null(await _database.Storage.Cursors.GetAsync(WebhookTable.CursorOf("h_1")));
        Assert.Equal(0, await _database.CountAsync("pool_webhook_dead_letters"));
    }

    [Fact]
    public async Task SetFailed_Again_KeepsSinceWhenUntilADeliveryIsTaken()
    {
        await AddAsync("h_1");
        Assert.Equal(At, await Hooks.SetFailedAsync("h_1", "one", At));
        Assert.Equal(At, await Hooks.SetFailedAsync("h_1", "two", At.AddHours(1)));
        await Hooks.SetDeliveredAsync("h_1", 9, At.AddHours(2));
        var hook = await Hooks.FindAsync("h_1");
        Assert.Equal((null, null, At.AddHours(2)), (hook!.FailingSince, hook.LastFailure, hook.DeliveredAt));
        Assert.Equal(At.AddHours(3), await Hooks.SetFailedAsync("h_1", "three", At.AddHours(3)));
    }

    [Fact]
    public async Task DeadLetters_OfAHook_ComeInOrderAndGoWhenDelivered()
    {
        await AddAsync("h_1");
        foreach (var seq in new[] { 12, 10, 11 }) await Hooks.BuryAsync(new DeadLetter("h_1", seq, "task.created", "{}", 3, "why", At));
        Assert.Equal([10, 11], (await Hooks.ListDeadLettersAsync("h_1", 0, 2)).Select(letter => letter.Seq));
        Assert.Equal([12], (await Hooks.ListDeadLettersAsync("h_1", 11, 2)).Select(letter => letter.Seq));
        Assert.Equal(new DeadLetter("h_1", 11, "task.created", "{}", 3, "why", At), await Hooks.FindDeadLetterAsync("h_1", 11));
        await Hooks.RemoveDeadLetterAsync("h_1", 11);
        Assert.Null(await Hooks.FindDeadLetterAsync("h_1", 11));
    }

    private Task<bool> AddAsync(string id, int most = 10) => Hooks.AddAsync(
        new Webhook { HookId = id, Url = "https://x.example.com", Topics = ["task"], SealedSecret = "sealed-1", CreatedAt = At }, 7, most, "admin");
}
