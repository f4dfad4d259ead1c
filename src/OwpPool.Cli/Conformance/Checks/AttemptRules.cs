using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 8: how often a task is tried.</summary>
internal static class AttemptRules
{
    public static Section All => new("§4.8 Attempts")
    {
        { "R8.1", Level.Pool, "A release with a reason counts no attempt.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            (await worker.ReleaseAsync(lease.TaskId)).Is(200);
            (await stage.MustBeAsync(lease.TaskId, "ready")).Has("attempt_count", 0);
        } },
        { "R8.2", Level.Pool, "A failure counts, and its task is ready again at once the first time.", async stage =>
        {
            var worker = await stage.LoneWorkerAsync();
            var lease = await stage.LeaseAsync(worker, stage.LoneFields());
            await FailAsync(worker, lease.TaskId);
            (await stage.MustBeAsync(lease.TaskId, "ready")).Has("attempt_count", 1);
            await stage.GetAsync(worker, lease.TaskId);
        } },
        { "R8.3", Level.Pool, "After the second failure the task rests.", async stage =>
        {
            var worker = await stage.LoneWorkerAsync();
            var lease = await stage.LeaseAsync(worker, stage.LoneFields());
            await FailAsync(worker, lease.TaskId);
            await stage.GetAsync(worker, lease.TaskId);
            await FailAsync(worker, lease.TaskId);
            await EligibilityRules.GetsNothingAsync(worker, "a task that has just failed a second time");
        } },
        { "R8.4", Level.Pool, "After max_attempts a task is a dead letter, and nobody gets it.", DeadAsync, Lane.Alone },
        { "R8.5", Level.Pool, "A dead letter keeps every attempt with its reason.", ReasonsAsync, Lane.Alone },
        { "R8.6", Level.Pool, "An admin revives a dead letter.", async stage =>
        {
            var (worker, taskId) = await DieAsync(stage, 1);
            (await stage.ActAsync(taskId, "requeue")).Has("status", "ready");
            await stage.GetAsync(worker, taskId);
        }, Lane.Alone },
        { "R8.7", Level.Pool, "A worker cannot report on a dead letter.", async stage =>
        {
            var (worker, taskId) = await DieAsync(stage, 1);
            (await worker.ReportAsync(taskId, "in_progress")).IsRefused();
            await stage.MustBeAsync(taskId, "dead_letter");
        }, Lane.Alone },
        { "R8.8", Level.Pool, "Who fails five leases in a row is paused and told why, until a maintainer resumes it.", PausedByFailuresAsync },
    };

    private static async Task FailAsync(Worker worker, string taskId, string reason = "conformance") =>
        (await worker.ReportAsync(taskId, "failed", new JsonObject { ["message"] = reason })).Is(200);

    /// <summary>A task that is out of attempts, and the worker that failed.</summary>
    private static async Task<(Worker Worker, string TaskId)> DieAsync(Stage stage, int attempts)
    {
        await stage.SetRepoAsync(new JsonObject { ["max_attempts"] = attempts });
        var worker = await stage.LoneWorkerAsync();
        var taskId = await stage.TaskAsync(stage.LoneFields());
        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            await stage.MustBeAsync(taskId, "ready");
            await stage.GetAsync(worker, taskId);
            await FailAsync(worker, taskId, $"reason {attempt}");
        }
        await stage.MustBeAsync(taskId, "dead_letter");
        return (worker, taskId);
    }

    private static async Task PausedByFailuresAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        for (var failed = 0; failed < 5; failed++) await FailAsync(worker, (await stage.LeaseAsync(worker)).TaskId);
        await stage.EventuallyAsync(async () =>
        {
            var beat = (await worker.HeartbeatAsync("idle")).Is(200);
            return (beat, beat.TextOrNull("desired_state") == "quiet" && beat.TextOrNull("paused.reason") == "paused_by_failures");
        }, "\"desired_state\": \"quiet\", paused with the reason paused_by_failures");
        var taskId = await stage.TaskAsync();
        await EligibilityRules.GetsNothingAsync(worker, "a task for a worker that failed five leases in a row");
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/resume")).Is(200);
        await stage.GetAsync(worker, taskId);
    }

    private static async Task DeadAsync(Stage stage)
    {
        var (worker, _) = await DieAsync(stage, 2);
        await EligibilityRules.GetsNothingAsync(worker, "a dead letter");
    }

    private static async Task ReasonsAsync(Stage stage)
    {
        var (_, taskId) = await DieAsync(stage, 2);
        var task = await stage.LookAsync(taskId);
        var reasons = task.Items("attempts").Select(attempt => attempt.TextAt("reason"));
        task.Must(reasons.SequenceEqual(["reason 1", "reason 2"]), "the attempts with 'reason 1' and 'reason 2'");
    }
}
