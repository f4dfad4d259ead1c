using System.Text.Json.Nodes;
using OwpPool.Core.Analytics;
using OwpPool.Storage.Analytics;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Analytics;

/// <summary>A story of known events at known times, and its figures computed by hand.</summary>
public sealed class AnalyticsReaderTests : IAsyncDisposable
{
    private static readonly AnalyticsPeriod Week = AnalyticsPeriod.All[0];
    private static readonly DateTimeOffset Now = new(2026, 1, 18, 12, 0, 0, TimeSpan.Zero);

    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public AnalyticsReaderTests() => _orleans = new OrleansCalls(_database);

    private AnalyticsReader Analytics => _database.Storage.Analytics;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Repo_Unknown_IsNull() => Assert.Null(await Analytics.ReadRepoAsync("acme/none", Week, Now));

    [Fact]
    public async Task Repo_Empty_HasNothingToMeasure()
    {
        await RepoAsync("acme/a");

        var figures = (await Analytics.ReadRepoAsync("acme/a", Week, Now))!;

        Assert.Equal("ACME/A", figures.Repo);
        Assert.Equal((0, null, null, 0d, 0d, 0d), (figures.Metrics.TasksCompleted, figures.Metrics.Completion, figures.Metrics.Lead,
            figures.Metrics.WorkerUtilization, figures.Metrics.PrMergeRate, figures.Metrics.RequeueRate));
        Assert.Equal((0, 0, 0), (figures.ReviewQueue, figures.ReadyWait.Count, figures.ReviewWait.Count));
        Assert.Empty(figures.Bottlenecks);
        Assert.Equal(Enumerable.Range(12, 7).Select(day => (new DateOnly(2026, 1, day), 0)), figures.Metrics.MergedByDay);
    }

    [Fact]
    public async Task Story_KnownEvents_GivesTheFiguresOfTheHand()
    {
        await RepoAsync("acme/a");
        await RepoAsync("acme/b");
        await StoryAsync();

        var a = (await Analytics.ReadRepoAsync("acme/a", Week, Now))!;

        // Merged: t_1 (lease to merge 26 h, creation to merge 28 h) and t_2 (10 h, 58 h); t_0 was before the period.
        Assert.Equal(2, a.Metrics.TasksCompleted);
        Assert.Equal(new Durations(18 * 3600, 18 * 3600), a.Metrics.Completion);
        Assert.Equal(new Durations(43 * 3600, 43 * 3600), a.Metrics.Lead);
        Assert.Equal([0, 1, 1, 0, 0, 0, 0], a.Metrics.MergedByDay.Select(day => day.Count));
        // Reviews decided: two merged, one rejected. Leases ended: three with a pull request, one expired.
        Assert.Equal(2 / 3d, a.Metrics.PrMergeRate);
        Assert.Equal(1 / 4d, a.Metrics.RequeueRate);
        Assert.Equal((5, (2 + 48 + 1 + 1 + 12) * 3600 / 5d), (a.ReadyWait.Count, a.ReadyWait.MeanSeconds));
        Assert.Equal((5, (24 + 4 + 8 + 16 + 60) * 3600 / 5d), (a.ReviewWait.Count, a.ReviewWait.MeanSeconds));
        Assert.Equal(1, a.ReviewQueue);
        // Of the 40 h that w_1 was there.
        Assert.Equal((2 + 6 + 3 + 1) / 40d, a.Metrics.WorkerUtilization, 9);
        Assert.Equal(["code_review", "skills:rust"], a.Bottlenecks);

        var b = (await Analytics.ReadRepoAsync("acme/b", Week, Now))!;
        Assert.Equal((1, 0d), (b.Metrics.TasksCompleted, b.Metrics.RequeueRate));
        var pool = await Analytics.ReadPoolAsync(Week, Now);
        Assert.Null(pool.Repo);
        Assert.Equal((3, 1), (pool.Metrics.TasksCompleted, pool.ReviewQueue));
        Assert.Equal(3 / 4d, pool.Metrics.PrMergeRate);
        // Of those and the 156 h of w_2.
        Assert.Equal((2 + 6 + 3 + 1 + 1) / 196d, pool.Metrics.WorkerUtilization, 9);

        var month = (await Analytics.ReadRepoAsync("acme/a", AnalyticsPeriod.All[1], Now))!;
        Assert.Equal((3, 30), (month.Metrics.TasksCompleted, month.Metrics.MergedByDay.Count));
    }

    [Fact]
    public async Task Story_EventsOfBeforeTimesWereTold_AndDamagedOnes_AreLeftOut()
    {
        await RepoAsync("acme/a");
        await EventAsync("15T00:00", "task.merged", "w_1", "t_1", "acme/a", new JsonObject { ["phase"] = "merged", ["phase_before"] = "pr_opened" });
        await _database.ExecuteAsync(
            """
            INSERT INTO pool_events (at, type, actor, target, repo, details) VALUES
              ('2026-01-15T00:00:00.000Z', 'task.merged', 'w_1', 't_2', 'acme/a', '{}'),
              ('never', 'task.merged', 'w_1', 't_2', 'acme/a', '{"phase":"merged","phase_before":"pr_opened","phase_since":"2026-01-14T00:00:00.000Z"}'),
              ('2026-01-15T00:00:00.000Z', 'task.merged', 'w_1', 't_2', 'acme/a', '{"phase":5,"phase_before":[],"phase_since":{}}'),
              ('2026-01-15T00:00:00.000Z', 'worker.offline', 'system', 'w_1', NULL, '[');
            UPDATE pool_events SET details = 'no json' WHERE details = '{}'
            """);

        Assert.Equal(0, (await Analytics.ReadRepoAsync("acme/a", Week, Now))!.Metrics.TasksCompleted);
    }

    [Fact]
    public async Task Queries_ThatGrow_UseAnIndex()
    {
        foreach (var sql in AnalyticsReader.IndexedQueries)
        {
            var plan = string.Join('\n', (await _database.ExecuteAsync(
                "EXPLAIN QUERY PLAN " + System.Text.RegularExpressions.Regex.Replace(sql, @"\?\d", "1"))).Rows.Select(row => row["detail"]));
            Assert.Matches("INDEX|INTEGER PRIMARY KEY", plan);
            Assert.DoesNotMatch("SCAN TABLE (pool_events|OrleansStorage)|SCAN (pool_events|OrleansStorage)", plan);
            if (sql.Contains("ORDER BY Id", StringComparison.Ordinal)) Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
        }
    }

    /// <summary>The period begins on the 12th at midnight and ends on the 18th at noon: 156 h.</summary>
    private async Task StoryAsync()
    {
        // w_1 registers on the 13th at 0:00 and goes on the 14th at 16:00: 40 h. w_2 is there all the time.
        await EventAsync("13T00:00", "worker.registered", "w_1", "w_1", null, new JsonObject { ["status"] = "idle" });
        await WorkerAsync("w_1", "offline");
        await WorkerAsync("w_2", "idle");
        // Merged before the period.
        await MoveAsync("t_0", "11T23:00", "task.merged", "pr_opened", "merged", "10T23:00", leased: "10T20:00", created: "10T20:00");
        // t_1 waits 2 h, is in hand for 2 h and under review for 24 h.
        await MoveAsync("t_1", "13T02:00", "task.leased", "ready", "leased", "13T00:00");
        await MoveAsync("t_1", "13T04:00", "task.pr_opened", "in_progress", "pr_opened", "13T03:00", leased: "13T02:00");
        await MoveAsync("t_1", "14T04:00", "task.merged", "pr_opened", "merged", "13T04:00", leased: "13T02:00", created: "13T00:00");
        // t_2 waits 48 h, is in hand for 6 h and under review for 4 h.
        await MoveAsync("t_2", "13T10:00", "task.leased", "ready", "leased", "11T10:00");
        await MoveAsync("t_2", "13T16:00", "task.pr_opened", "leased", "pr_opened", "13T10:00", leased: "13T10:00");
        await MoveAsync("t_2", "13T20:00", "task.merged", "pr_opened", "merged", "13T16:00", leased: "13T10:00", created: "11T10:00");
        // t_3 waits 1 h, is in hand for 3 h, under review for 8 h, and rejected.
        await MoveAsync("t_3", "13T20:00", "task.leased", "ready", "leased", "13T19:00");
        await MoveAsync("t_3", "13T23:00", "task.pr_opened", "in_progress", "pr_opened", "13T21:00", leased: "13T20:00");
        await MoveAsync("t_3", "14T07:00", "task.rejected", "pr_opened", "ready", "13T23:00");
        // t_10 goes back to its worker after 16 h of review: decided is nothing.
        await MoveAsync("t_10", "15T20:00", "task.started", "pr_opened", "in_progress", "15T04:00");
        await MoveAsync("t_10", "15T21:00", "task.started", "leased", "in_progress", "15T20:00");
        // t_4 waits 1 h, and its lease ends after 1 h without a word.
        await MoveAsync("t_4", "14T08:00", "task.leased", "ready", "leased", "14T07:00");
        await MoveAsync("t_4", "14T09:00", "task.expired", "leased", "ready", "14T08:00", leased: "14T08:00");
        await EventAsync(
            "14T16:00", "worker.offline", "system", "w_1", null, new JsonObject { ["status"] = "offline", ["status_before"] = "idle" });
        // In the other repo w_2 takes t_9 for 1 h.
        await MoveAsync("t_9", "15T10:00", "task.leased", "ready", "leased", "15T09:00", repo: "acme/b", worker: "w_2");
        await MoveAsync("t_9", "15T11:00", "task.pr_opened", "leased", "pr_opened", "15T10:00", "15T10:00", repo: "acme/b", worker: "w_2");
        await MoveAsync("t_9", "15T12:00", "task.merged", "pr_opened", "merged", "15T11:00", "15T10:00", "15T09:00", "acme/b", "w_2");
        // What stands: t_5 is ready for 12 h, t_6 under review for 60 h. t_7 waits for another task, t_8 for its time.
        await TaskAsync("t_5", "ready", "18T00:00", new JsonArray("Rust"));
        await TaskAsync("t_6", "pr_opened", "16T00:00", []);
        await TaskAsync("t_7", "ready", "12T00:00", new JsonArray("cobol"), dependsOn: "t_5");
        await TaskAsync("t_8", "ready", "12T00:00", new JsonArray("ada"), eligible: "20T00:00");
    }

    private Task TaskAsync(string id, string phase, string since, JsonArray skills, string? dependsOn = null, string? eligible = null) =>
        _orleans.WriteAsync("task", id, null, States.Task(id, "acme/a", phase, phase == "ready" ? null : "w_1")
            .With("phase_at", At(since)).With("eligible_at", eligible is null ? null : At(eligible)).With("required_skills", skills)
            .With("lease", null).With("depends_on", dependsOn is null ? [] : new JsonArray(dependsOn)).Text());

    /// <summary>An instant of January 2026.</summary>
    private static string At(string dayAndTime) => $"2026-01-{dayAndTime}:00.000Z";

    private Task RepoAsync(string repo) => _orleans.WriteAsync(
        "repo", "repo/" + repo, null, States.Repo(repo).With("events", new JsonArray(States.Event("repo.created", repo).With("at", "2025-06-01T00:00:00.000Z"))).Text());

    private Task WorkerAsync(string id, string status) => _orleans.WriteAsync(
        "worker", id, null,
        States.Worker(id, status).With("registered_at", "2026-01-01T00:00:00.000Z")
            .With("events", new JsonArray(States.Event("worker.seen", id).With("at", "2026-01-01T00:00:00.000Z"))).Text());

    private Task MoveAsync(
        string task, string at, string type, string from, string to, string since, string? leased = null, string? created = null,
        string repo = "acme/a", string worker = "w_1")
    {
        var details = new JsonObject { ["phase"] = to, ["phase_before"] = from, ["phase_since"] = At(since), ["worker_id"] = worker };
        if (leased is not null) details["leased_at"] = At(leased);
        if (created is not null) details["created_at"] = At(created);
        return EventAsync(at, type, "system", task, repo, details);
    }

    private Task EventAsync(string at, string type, string actor, string target, string? repo, JsonObject details) => _database.ExecuteAsync(
        "INSERT INTO pool_events (at, type, actor, target, repo, details) VALUES (@at, @type, @actor, @target, @repo, @details)",
        ("@at", At(at)), ("@type", type), ("@actor", actor), ("@target", target), ("@repo", repo), ("@details", details.ToJsonString()));
}
