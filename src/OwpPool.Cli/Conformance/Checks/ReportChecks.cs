using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Reporting on tasks, giving them back, renewing leases (protocol §2).</summary>
internal static class ReportChecks
{
    public static Section Status => new("§2 Reports")
    {
        { "status.ok", Level.Core, "A holder's report is 200 with ok.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            (await worker.ReportAsync((await stage.LeaseAsync(worker)).TaskId, "in_progress")).Is(200).Has("ok", true);
        } },
        { "status.life", Level.Core, "A task goes from in_progress over pr_opened to merged by its holder's reports.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            await worker.TakeAsync((await stage.LeaseAsync(worker)).TaskId, "in_progress", "blocked", "in_progress", "pr_opened", "merged");
        } },
        { "status.not-holder", Level.Core, "A report by somebody else is refused, 403 or 404.", NotHolderAsync },
        { "status.unknown-task", Level.Core, "A report on a task that is not there is refused, 403 or 404.", async stage =>
            (await (await stage.WorkerAsync()).ReportAsync("t_conformanceunknown", "in_progress")).Is(403, 404) },
        { "status.unknown-word", Level.Core, "An unknown status is 400.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            (await worker.ReportAsync((await stage.LeaseAsync(worker)).TaskId, "half_done")).Is(400);
        } },
        { "status.required", Level.Core, "A report without a status is 400.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            (await worker.PostAsync($"/v1/tasks/{(await stage.LeaseAsync(worker)).TaskId}/status", new JsonObject { ["message"] = "?" }))
                .Is(400);
        } },
        { "status.members", Level.Pool, "The answer has the task, its status and, while a lease runs, its end.", MembersAsync },
        { "status.message", Level.Pool, "A message has at most 4000 characters.", MessageAsync },
        { "status.artifact", Level.Pool, "Artifacts are kept, and an update that leaves a field out keeps it.", ArtifactAsync },
        { "status.flat-pr-url", Level.Pool, "A flat pr_url of older clients is taken.", FlatAsync },
        { "status.completed", Level.Pool, "'completed' of older clients is pr_opened with a pull request and merged without.",
            CompletedAsync },
        { "status.failed", Level.Pool, "'failed' of older clients gives the task back and counts an attempt.", FailedAsync },
    };

    public static Section Leases => new("§2 Release and renewal")
    {
        { "release.ready", Level.Pool, "A released task is ready again, for anybody.", ReleaseAsync },
        { "release.reason", Level.Pool, "A reason has at most 500 characters.", ReleaseReasonAsync },
        { "release.rest", Level.Pool, "retry_after_seconds keeps the task from whoever asked for it.", ReleaseRestAsync },
        { "release.not-holder", Level.Pool, "Who does not hold a task cannot release it.", ReleaseNotHolderAsync },
        { "release.stale", Level.Pool, "A release under another lease is 409 stale_token.", ReleaseStaleAsync },
        { "renew.ok", Level.Pool, "A renewal says the lease's end and the seconds left.", RenewAsync },
        { "renew.lost", Level.Pool, "A lease that was given back cannot be renewed: 409.", RenewLostAsync },
        { "renew.foreign", Level.Pool, "Nobody renews another's lease.", RenewForeignAsync },
    };

    private static async Task NotHolderAsync(Stage stage)
    {
        var (holder, other) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(holder);
        (await other.ReportAsync(lease.TaskId, "in_progress")).Is(403, 404);
        // And without effect.
        (await holder.ReportAsync(lease.TaskId, "in_progress")).Is(200);
    }

    private static async Task MembersAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var begun = (await worker.ReportAsync(lease.TaskId, "in_progress", lease.Proof)).Is(200);
        begun.Has("task_id", lease.TaskId).Has("status", "in_progress").Instant("lease_expires_at");
        (await worker.TakeAsync(lease.TaskId, "pr_opened")).Has("status", "pr_opened");
    }

    private static async Task MessageAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        (await worker.ReportAsync(lease.TaskId, "in_progress", new JsonObject { ["message"] = new string('m', 4001) })).Rejects("message");
        (await worker.ReportAsync(lease.TaskId, "in_progress", new JsonObject { ["message"] = new string('m', 4000) })).Is(200);
    }

    private static async Task ArtifactAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var (url, sha) = (stage.NewPullRequest(), "0123456789abcdef0123456789abcdef01234567");
        (await worker.ReportAsync(lease.TaskId, "in_progress", new JsonObject { ["artifact"] = new JsonObject { ["commit_sha"] = sha } }))
            .Is(200);
        (await worker.ReportAsync(lease.TaskId, "pr_opened", new JsonObject { ["artifact"] = new JsonObject { ["pr_url"] = url } }))
            .Is(200);
        (await stage.LookAsync(lease.TaskId)).Has("artifact.pr_url", url).Has("artifact.commit_sha", sha);
    }

    private static async Task FlatAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var url = stage.NewPullRequest();
        (await worker.ReportAsync(lease.TaskId, "pr_opened", new JsonObject { ["pr_url"] = url })).Is(200);
        (await stage.LookAsync(lease.TaskId)).Has("artifact.pr_url", url);
    }

    private static async Task CompletedAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress");
        (await worker.ReportAsync(lease.TaskId, "completed", new JsonObject { ["pr_url"] = stage.NewPullRequest() })).Is(200);
        await stage.MustBeAsync(lease.TaskId, "pr_opened");
        (await worker.ReportAsync(lease.TaskId, "completed")).Is(200);
        await stage.MustBeAsync(lease.TaskId, "merged");
    }

    private static async Task FailedAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress");
        (await worker.ReportAsync(lease.TaskId, "failed", new JsonObject { ["message"] = "no compiler" })).Is(200);
        var task = await stage.MustBeAsync(lease.TaskId, "ready");
        task.Must(task.Items("attempts").Count == 1, "one attempt in the task's history");
    }

    private static async Task ReleaseAsync(Stage stage)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(first);
        var answer = (await first.PostAsync($"/v1/tasks/{lease.TaskId}/release", lease.Proof)).Is(200);
        answer.Must(answer.TextOrNull("status") is "ready", "\"status\": \"ready\"");
        await stage.GetAsync(second, lease.TaskId);
    }

    private static async Task ReleaseReasonAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var path = $"/v1/tasks/{(await stage.LeaseAsync(worker)).TaskId}/release";
        (await worker.PostAsync(path, new JsonObject { ["reason"] = new string('r', 501) })).Rejects("reason");
        (await worker.PostAsync(path, new JsonObject { ["reason"] = new string('r', 500) })).Is(200);
    }

    private static async Task ReleaseRestAsync(Stage stage)
    {
        // Nobody else could take it: so it is its own word that keeps it from the worker.
        var worker = await stage.LoneWorkerAsync();
        var lease = await stage.LeaseAsync(worker, stage.LoneFields());
        var body = new JsonObject { ["reason"] = "later", ["retry_after_seconds"] = 3600 };
        (await worker.PostAsync($"/v1/tasks/{lease.TaskId}/release", body)).Is(200);
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 0, "no lease of a task that rests for an hour");
    }

    private static async Task ReleaseNotHolderAsync(Stage stage)
    {
        var (holder, other) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(holder);
        (await other.ReleaseAsync(lease.TaskId)).Is(403, 404);
        (await other.ReleaseAsync("t_conformanceunknown")).IsProblem(404, "not_found");
        (await holder.ReportAsync(lease.TaskId, "in_progress")).Is(200);
    }

    private static async Task ReleaseStaleAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        (await worker.PostAsync($"/v1/tasks/{lease.TaskId}/release", new JsonObject { ["lease_id"] = "l_conformanceother" }))
            .IsProblem(409, "conflict", "stale_token");
        await stage.MustBeAsync(lease.TaskId, "leased");
    }

    private static async Task RenewAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var answer = (await worker.PostAsync($"/v1/leases/{lease.LeaseId}/renew")).Is(200);
        var before = lease.View.InstantAt("lease_expires_at");
        answer.Must(answer.Instant("lease_expires_at") >= before, $"an end not before {before:O}");
        answer.Must(answer.Whole("remaining_seconds") > 0, "remaining_seconds above 0");
    }

    private static async Task RenewLostAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        (await worker.ReleaseAsync(lease.TaskId)).Is(200);
        (await worker.PostAsync($"/v1/leases/{lease.LeaseId}/renew")).Is(404, 409);
    }

    private static async Task RenewForeignAsync(Stage stage)
    {
        var (holder, other) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(holder);
        (await other.PostAsync($"/v1/leases/{lease.LeaseId}/renew")).Is(403, 404, 409);
    }
}
