using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>The pool in numbers, and live (protocol §3).</summary>
internal static class StateChecks
{
    public static Section All => new("§3 State and events")
    {
        { "state.members", Level.Core, "The state has the numbers of workers and tasks, and each repo with its budget.", MembersAsync },
        { "state.more-members", Level.Pool, "The state counts tasks by status.", async stage =>
        {
            var state = await StateAsync(stage);
            foreach (var member in new[] { "tasks_ready", "tasks_leased", "tasks_pr_opened", "tasks_blocked", "tasks_merged",
                "tasks_merged_unconfirmed", "tasks_dead_letter" })
                state.Whole(member);
            state.Must(state.Find("paused") is { ValueKind: JsonValueKind.True or JsonValueKind.False }, "a member 'paused' that is true or false");
        } },
        { "state.open-prs", Level.Core, "A repo's current_open_prs counts its tasks under review.", OpenPrsAsync, Lane.Alone },
        { "state.reserved", Level.Pool, "A repo's reserved counts all that its budget is used for.", ReservedAsync, Lane.Alone },
        { "state.stream", Level.Pool, "The state's stream begins with the state and tells of changes.", StreamAsync },
        { "events.live", Level.Pool, "The event stream tells of a change, with an id.", LiveAsync },
        { "events.resume", Level.Pool, "With Last-Event-ID the stream goes on behind that event.", ResumeAsync },
        { "events.reset", Level.Pool, "An id that the log does not have is answered by an event 'reset'.", ResetAsync },
        { "events.topics", Level.Pool, "topics lets through what it names and nothing else.", TopicsAsync },
    };

    /// <summary>The run's repo in the state.</summary>
    public static JsonElement RepoIn(WireAnswer state, Stage stage)
    {
        var repo = state.Items("repositories").FirstOrDefault(item => item.TextAt("repo") == stage.Repo);
        state.Must(repo.ValueKind is JsonValueKind.Object, $"the repo {stage.Repo}");
        return repo;
    }

    private static async Task<WireAnswer> StateAsync(Stage stage) => (await stage.Admin.GetAsync("/v1/admin/state")).Is(200);

    private static async Task MembersAsync(Stage stage)
    {
        var state = await StateAsync(stage);
        foreach (var member in new[] { "workers_online", "tasks_queued", "tasks_in_progress" }) state.Whole(member);
        var repo = RepoIn(state, stage);
        foreach (var member in new[] { "max_open_prs", "current_open_prs" })
            state.Must(repo.WholeAt(member) is not null, $"a number '{member}' of the repo");
    }

    private static async Task OpenPrsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var before = await StateAsync(stage);
        await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
        var after = await StateAsync(stage);
        after.Must(Number(after, stage, "current_open_prs") == Number(before, stage, "current_open_prs") + 1,
            "one more open pull request than before");
    }

    private static async Task ReservedAsync(Stage stage)
    {
        var before = await StateAsync(stage);
        var worker = await stage.WorkerAsync();
        await stage.LeaseAsync(worker);
        await worker.TakeAsync((await stage.LeaseAsync(worker)).TaskId, "in_progress", "pr_opened");
        await OfferChecks.OfferAsync(stage, worker, await stage.TaskAsync());
        var after = await StateAsync(stage);
        after.Must(Number(after, stage, "reserved") == Number(before, stage, "reserved") + 3,
            "three more reserved: one leased, one under review, one offered");
    }

    private static long Number(WireAnswer state, Stage stage, string member) =>
        RepoIn(state, stage).WholeAt(member) ?? -1;

    private static async Task StreamAsync(Stage stage)
    {
        await using var stream = await stage.Admin.FollowAsync("/v1/admin/state/stream");
        var first = await stream.NextAsync(item => item.Data.Contains("\"repositories\"", StringComparison.Ordinal), "the state at once",
            stage.Cancellation);
        await stage.TaskAsync();
        await stream.NextAsync(
            item => item.Data.Contains("\"repositories\"", StringComparison.Ordinal) && item.Data != first.Data,
                "the state after a change", stage.Cancellation);
    }

    private static async Task LiveAsync(Stage stage)
    {
        await using var stream = await stage.Admin.FollowAsync("/v1/events");
        var taskId = await stage.TaskAsync();
        var seen = await NextAsync(stream, taskId, stage);
        stream.Answer.Must(seen.Id is { Length: > 0 }, "an event with an id", $"an event {seen.Type} without");
    }

    private static Task<StreamedEvent> NextAsync(EventStream stream, string taskId, Stage stage) =>
        stream.NextAsync(item => item.Data.Contains($"\"{taskId}\"", StringComparison.Ordinal), $"an event about {taskId}",
            stage.Cancellation);

    private static async Task ResumeAsync(Stage stage)
    {
        string? before;
        await using (var stream = await stage.Admin.FollowAsync("/v1/events"))
            before = (await NextAsync(stream, await stage.TaskAsync(), stage)).Id;
        var missed = await stage.TaskAsync();
        await using var resumed = await stage.Admin.FollowAsync("/v1/events", ("Last-Event-ID", before ?? "0"));
        var seen = await NextAsync(resumed, missed, stage);
        resumed.Answer.Must(seen.Id != before, "an event behind the id", $"the event {seen.Id} again");
    }

    private static async Task ResetAsync(Stage stage)
    {
        await using var stream = await stage.Admin.FollowAsync("/v1/events", ("Last-Event-ID", "4611686018427387904"));
        await stream.NextAsync(item => item.Type == "reset", "an event 'reset'", stage.Cancellation);
    }

    private static async Task TopicsAsync(Stage stage)
    {
        await using var stream = await stage.Admin.FollowAsync("/v1/events?topics=task.cancelled");
        var taskId = await stage.TaskAsync();
        await stage.ActAsync(taskId, "cancel", new JsonObject { ["reason"] = "conformance" });
        var seen = await NextAsync(stream, taskId, stage);
        stream.Answer.Must(seen.Type == "task.cancelled", "task.cancelled first of that task's events", seen.Type);
    }
}
