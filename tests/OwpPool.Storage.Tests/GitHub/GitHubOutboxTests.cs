using OwpPool.Storage.GitHub;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.GitHub;

public sealed class GitHubOutboxTests : IAsyncDisposable
{
    private const string Repo = "acme/shop";
    private const string Cursor = "github.outward";
    private static readonly DateTimeOffset At = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    private readonly TempDatabase _database = new();

    private GitHubOutbox Outbox => _database.Storage.GitHubOutbox;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Add_RowsAndPosition_AreStoredTogetherAndOnce()
    {
        await Outbox.AddAsync([Row(OutwardKind.Comment, 1, 5, "a"), Row(OutwardKind.Comment, 7, 5, "b")], Cursor, 5, At);
        await Outbox.AddAsync([Row(OutwardKind.Comment, 1, 5, "again")], Cursor, 5, At);
        Assert.Equal(["a", "b"], (await DueAsync()).Select(row => row.Text));
        Assert.Equal(5, await _database.Storage.Cursors.GetAsync(Cursor));
        Assert.Equal([Repo], await Outbox.ListReposAsync());
    }

    [Fact]
    public async Task ReadDue_SameIssue_OnlyTheOldestCommentMayBeNext()
    {
        await Outbox.AddAsync([Row(OutwardKind.Comment, 1, 5, "first"), Row(OutwardKind.Comment, 2, 5, "other")], Cursor, 5, At);
        await Outbox.AddAsync([Row(OutwardKind.Comment, 1, 6, "second")], Cursor, 6, At);
        var first = (await DueAsync())[0];
        Assert.Equal(["first", "other"], (await DueAsync()).Select(row => row.Text));
        await Outbox.BeginAsync(first.Id);
        await Outbox.PutOffAsync(first.Id, At.AddMinutes(1));
        Assert.Equal(["other"], (await DueAsync()).Select(row => row.Text));
        Assert.Equal(At, await Outbox.ReadNextDueAsync(Repo));
        await Outbox.HurryAsync(Repo, OutwardKind.Comment, At);
        Assert.Equal(1, (await DueAsync())[0].Tries);
        await Outbox.SetDoneAsync(first, null, At);
        Assert.Equal(["other", "second"], (await DueAsync()).Select(row => row.Text));
    }

    [Fact]
    public async Task Done_LabelChangedMeanwhile_IsShownAgain()
    {
        await Outbox.AddAsync([Row(OutwardKind.Label, 1, 5, "")], Cursor, 5, At);
        var begun = Assert.Single(await DueAsync());
        await Outbox.AddAsync([Row(OutwardKind.Label, 1, 6, "")], Cursor, 6, At);
        await Outbox.SetDoneAsync(begun, "pool:leased", At);
        var later = Assert.Single(await DueAsync());
        Assert.Equal(6, later.Seq);
        Assert.Equal("pool:leased", await Outbox.FindShownAsync(later));
    }

    [Fact]
    public async Task RepeatStatus_ShownBefore_WaitsAgainWithTheSameWords()
    {
        Assert.False(await Outbox.RepeatStatusAsync(Repo, 7, "t_1", At));
        await Outbox.AddAsync([Row(OutwardKind.Status, 7, 5, "success Serves task t_1.")], Cursor, 5, At);
        await Outbox.SetDoneAsync(Assert.Single(await DueAsync()), "6dcb09 success Serves task t_1.", At);
        Assert.True(await Outbox.RepeatStatusAsync(Repo, 7, "t_1", At));
        Assert.False(await Outbox.RepeatStatusAsync(Repo, 7, "t_1", At));
        Assert.Equal("success Serves task t_1.", Assert.Single(await DueAsync()).Text);
    }

    [Fact]
    public async Task Remove_Old_LeavesTheOthers()
    {
        await Outbox.AddAsync([Row(OutwardKind.Comment, 1, 5, "old")], Cursor, 5, At);
        await Outbox.AddAsync([Row(OutwardKind.Comment, 2, 6, "new") with { At = At.AddDays(1) }], Cursor, 6, At);
        Assert.Equal(1, await Outbox.RemoveOldAsync(At.AddHours(1), 10));
        var left = Assert.Single(await DueAsync());
        await Outbox.SetDoneAsync(left with { Kind = OutwardKind.Label }, "pool:merged", At);
        Assert.Equal(1, await Outbox.RemoveShownAsync(At.AddHours(1), 10));
        Assert.Null(await Outbox.FindShownAsync(left with { Kind = OutwardKind.Label }));
    }

    private Task<IReadOnlyList<OutwardRow>> DueAsync() => Outbox.ReadDueAsync(Repo, At, 10);

    private static OutwardRow Row(OutwardKind kind, int number, long seq, string text) =>
        new() { Repo = Repo, Kind = kind, Number = number, TaskId = "t_1", Seq = seq, At = At, Text = text };
}
