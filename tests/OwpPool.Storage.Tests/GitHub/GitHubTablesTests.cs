using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using OwpPool.Core.GitHub;
using OwpPool.Storage.GitHub;
using OwpPool.Storage.Tests.Support;
using OwpPool.Storage.Webhooks;

namespace OwpPool.Storage.Tests.GitHub;

public sealed partial class GitHubTablesTests : IAsyncDisposable
{
    private const string Url = "https://github.com/a/b/pull/1";
    private static readonly DateTimeOffset At = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public GitHubTablesTests() => _orleans = new OrleansCalls(_database);

    private PullRequestTable Pulls => _database.Storage.PullRequests;

    private GitHubInbox Inbox => _database.Storage.GitHubInbox;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task FindTask_ReportedPullRequest_IsItsTasksAsLongAsTheTaskHasIt()
    {
        Assert.Null(await Pulls.FindTaskAsync(Url));
        var version = await WriteAsync("t_1", null, Url.ToUpperInvariant().Replace("HTTPS", "https", StringComparison.Ordinal));
        Assert.Equal("t_1", await Pulls.FindTaskAsync(Url));

        await WriteAsync("t_1", version, null);

        Assert.Null(await Pulls.FindTaskAsync(Url));
    }

    [Fact]
    public async Task Report_PullRequestOfAnotherTask_IsNotStored()
    {
        var version = await WriteAsync("t_1", null, Url);

        var error = await Assert.ThrowsAnyAsync<SqliteException>(() => WriteAsync("t_2", null, Url));

        Assert.Contains("one pull request serves one task", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await _database.CountAsync("pool_tasks"));
        Assert.Equal("t_1", await Pulls.FindTaskAsync(Url));
        // Let go by the first, it may be the second's.
        await WriteAsync("t_1", version, null);
        await WriteAsync("t_2", null, Url);
        Assert.Equal("t_2", await Pulls.FindTaskAsync(Url));
    }

    [Fact]
    public async Task Report_SamePullRequestAgain_IsStored()
    {
        var version = await WriteAsync("t_1", null, Url);
        await WriteAsync("t_1", version, Url);
        Assert.Equal("t_1", await Pulls.FindTaskAsync(Url));
    }

    [Fact]
    public async Task Signal_Stored_IsTheLatestWholeAndUntilItIsRemoved()
    {
        var signal = new PullRequestSignal
        {
            PrUrl = Url, Repo = "a/b", Author = "ada", Branch = "x", NamedTask = "t_1", IsOpen = true, IsDraft = true, AsksForReview = true,
            UpdatedAt = At, HeadSha = "abc", Sender = "grace",
        };
        var story = PullRequestStory.Begin(signal).With(signal with { UpdatedAt = At.AddSeconds(1), ChangesRequested = true });
        await Pulls.StoreAsync(PullRequestStory.Begin(signal), At.AddDays(-1));
        await Pulls.StoreAsync(story, At);
        Assert.Equal(story, await Pulls.FindStoryAsync(Url));
        Assert.Equal(story.Latest, await Pulls.FindSignalAsync(Url));

        Assert.Equal(0, await Pulls.RemoveAsync(At, 10));
        Assert.Equal(1, await Pulls.RemoveAsync(At.AddMilliseconds(1), 10));
        Assert.Null(await Pulls.FindSignalAsync(Url));
    }

    [Fact]
    public async Task Inbox_Delivery_WaitsUntilDoneAndIsKnownAfterwards()
    {
        var signal = new PullRequestSignal { PrUrl = Url, Repo = "a/b", UpdatedAt = At };
        Assert.True(await Inbox.AddAsync("d-1", "pull_request", signal, At));
        Assert.False(await Inbox.AddAsync("d-1", "pull_request", signal, At));
        Assert.Equal(At, await Inbox.ReadNextDueAsync());
        Assert.Empty(await Inbox.ReadDueAsync(At.AddMilliseconds(-1), 10));
        var delivery = Assert.Single(await Inbox.ReadDueAsync(At, 10));
        Assert.Equal(("d-1", 0, signal), (delivery.DeliveryId, delivery.Tries, delivery.Signal));

        await Inbox.PutOffAsync(delivery.Id, "failed", At.AddSeconds(1));
        Assert.Equal(1, Assert.Single(await Inbox.ReadDueAsync(At.AddSeconds(1), 10)).Tries);
        await Inbox.SetDoneAsync(delivery.Id, "moved");

        Assert.Null(await Inbox.ReadNextDueAsync());
        Assert.False(await Inbox.AddAsync("d-1", "pull_request", signal, At));
    }

    [Fact]
    public async Task Inbox_GivenUpDelivery_IsTakenAgainWhenItIsSentAgain()
    {
        var signal = new PullRequestSignal { PrUrl = Url, Repo = "a/b", UpdatedAt = At };
        await Inbox.AddAsync("d-1", "pull_request", signal, At);
        await Inbox.PutOffAsync(Assert.Single(await Inbox.ReadDueAsync(At, 10)).Id, "failed", null);
        Assert.Empty(await Inbox.ReadDueAsync(At.AddDays(1), 10));

        Assert.True(await Inbox.AddAsync("d-1", "pull_request", signal, At));
        Assert.Equal(0, Assert.Single(await Inbox.ReadDueAsync(At, 10)).Tries);
    }

    [Fact]
    public async Task Inbox_Remove_LeavesWhatWaits()
    {
        await Inbox.AddAsync("d-1", "ping", null, At);
        await Inbox.AddAsync("d-2", "pull_request", new PullRequestSignal { PrUrl = Url, Repo = "a/b", UpdatedAt = At }, At);
        Assert.Equal(1, await Inbox.RemoveAsync(At.AddDays(8), 10));
        Assert.Single(await Inbox.ReadDueAsync(At, 10));
    }

    [Theory]
    [InlineData(GitHubInbox.Due, "github_deliveries_due")]
    [InlineData(GitHubInbox.NextDue, "github_deliveries_due")]
    [InlineData(GitHubInbox.Remove, "github_deliveries_by_time")]
    [InlineData(GitHubInbox.List, "INTEGER PRIMARY KEY (rowid<?)")]
    [InlineData(GitHubInbox.ListOfState, "github_deliveries_by_state (state=? AND rowid<?)")]
    [InlineData(PullRequestTable.TaskOf, "PRIMARY KEY (pr_key=?)")]
    [InlineData(PullRequestTable.FormerTaskOf, "PRIMARY KEY (pr_key=?)")]
    [InlineData(PullRequestTable.Seen, "(pr_key=?)")]
    [InlineData(PullRequestTable.Remove, "github_pull_requests_by_time")]
    [InlineData(WebhookTable.Find, "PRIMARY KEY (hook_id=?)")]
    [InlineData(WebhookTable.Letters, "PRIMARY KEY (hook_id=? AND seq>?)")]
    [InlineData(WebhookTable.Letter, "PRIMARY KEY (hook_id=? AND seq=?)")]
    [InlineData(GitHubRepoTable.Find, "(GrainTypeString=? AND GrainIdExtensionString=?)")]
    [InlineData(GitHubRepoTable.Task, "(GrainTypeString=? AND GrainIdExtensionString=?)")]
    [InlineData(GitHubOutbox.Due, "github_outbox_in_order (repo=?)")]
    [InlineData(GitHubOutbox.NextDue, "github_outbox_in_order (repo=? AND kind=? AND number=? AND id<?)")]
    [InlineData(GitHubOutbox.Shown, "(repo=? AND kind=? AND number=?)")]
    [InlineData(GitHubOutbox.RemoveOld, "github_outbox_by_time (at<?)")]
    [InlineData(GitHubOutbox.RemoveShown, "github_shown_by_time (at<?)")]
    [InlineData(GitHubRepoTable.List, "(GrainTypeString=?)")]
    [InlineData(GitHubRepoTable.FindLinked, "pool_repos_by_github_id (<expr>=?)")]
    [InlineData(GitHubRepoTable.Tasks, "pool_tasks_by_repo_phase (task_repo=? AND task_phase=?)")]
    public async Task Query_Searched_UsesTheIndex(string sql, string index)
    {
        var plan = (await _database.ExecuteAsync("EXPLAIN QUERY PLAN " + Parameter().Replace(sql, "'1'"))).Rows.Select(row =>
            (string)row["detail"]!);
        Assert.Contains(plan, step => step.StartsWith("SEARCH", StringComparison.Ordinal)
            && step.Contains(index, StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN", StringComparison.Ordinal)
            && !step.Contains("INDEX", StringComparison.Ordinal));
    }

    /// <summary>A task's row with its report.</summary>
    private async Task<int?> WriteAsync(string taskId, int? version, string? prUrl)
    {
        var audit = States.Event("task.pr_opened", taskId);
        audit["details"] = new JsonObject { ["pr_url"] = prUrl };
        var state = States.Task(taskId, phase: "pr_opened", worker: "w_1").With("events", new JsonArray(audit))
            .With("artifact", new JsonObject { ["pr_url"] = prUrl });
        return await _orleans.WriteAsync("task", taskId, version, state.Text());
    }

    [GeneratedRegex("@[a-z]+")]
    private static partial Regex Parameter();
}
