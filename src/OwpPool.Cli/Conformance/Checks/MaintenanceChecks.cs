using System.Text.Json.Nodes;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>What maintainers do with tasks (protocol §3).</summary>
internal static class MaintenanceChecks
{
    public static Section All => new("§3 Maintenance")
    {
        { "edit.ok", Level.Pool, "PATCH with the task's ETag changes what it names and keeps the rest.", EditAsync },
        { "edit.stale", Level.Pool, "PATCH with an earlier ETag is 412 and changes nothing.", EditStaleAsync },
        { "edit.limits", Level.Pool, "PATCH holds a task to the limits of a new one.", async stage =>
            (await stage.Admin.PatchAsync($"/v1/admin/tasks/{await stage.TaskAsync()}", new JsonObject { ["estimate_points"] = 101 },
                ("If-Match", "*")))
                .Rejects("estimate_points") },
        { "requeue.ok", Level.Pool, "Requeue takes a task from its holder, for anybody.", RequeueAsync },
        { "override.reason", Level.Pool, "Overriding a worker takes a reason.", ReasonAsync },
        { "override.unknown", Level.Pool, "Overriding a task that is not there is 404.", async stage =>
        {
            foreach (var verb in new[] { "requeue", "cancel" })
            {
                var answer = await stage.Admin.PostAsync($"/v1/admin/tasks/t_conformanceunknown/{verb}",
                    new JsonObject { ["reason"] = "conformance" });
                answer.IsProblem(404, "not_found");
            }
        } },
        { "cancel.ok", Level.Pool, "A cancelled task is over: its holder's report is refused.", CancelAsync },
        { "force.ok", Level.Pool, "Force-status moves a task over its holder's head and spends the fencing token.", ForceAsync },
        { "force.words", Level.Pool, "Force-status takes no word that is no status.", async stage =>
            (await stage.Admin.PostAsync($"/v1/admin/tasks/{await stage.TaskAsync()}/force-status",
                new JsonObject { ["status"] = "asleep", ["reason"] = "conformance" })).Rejects("status") },
        { "position.front", Level.Pool, "A task moved to the front is given out first.", async stage =>
        {
            var (first, second) = (await stage.TaskAsync(new JsonObject { ["priority"] = 9 }), await stage.TaskAsync());
            await stage.ActAsync(second, "position", new JsonObject { ["position"] = "front" });
            await ComesFirstAsync(stage, second, first);
        } },
        { "position.back", Level.Pool, "A task moved to the back is given out last.", async stage =>
        {
            var (first, second) = (await stage.TaskAsync(new JsonObject { ["priority"] = 9 }), await stage.TaskAsync());
            await stage.ActAsync(first, "position", new JsonObject { ["position"] = "back" });
            await ComesFirstAsync(stage, second, first);
        } },
        { "position.before", Level.Pool, "A task moved before another is given out before it.", async stage =>
        {
            var (first, second) = (await stage.TaskAsync(), await stage.TaskAsync());
            await stage.ActAsync(second, "position", new JsonObject { ["before"] = first });
            await ComesFirstAsync(stage, second, first);
        } },
        { "accept.ok", Level.Pool, "A maintainer's accept merges a task under review.", AcceptAsync },
        { "accept.rating", Level.Pool, "A rating is 1 to 5.", AcceptRatingAsync },
        { "reject.words", Level.Pool, "A reject says its reason.", RejectWordsAsync },
    };

    private static async Task EditAsync(Stage stage)
    {
        var taskId = await stage.TaskAsync(new JsonObject { ["priority"] = 3 });
        var tag = (await stage.LookAsync(taskId)).Header("ETag") ?? "none";
        (await stage.Admin.PatchAsync($"/v1/admin/tasks/{taskId}", new JsonObject { ["title"] = "Other words" }, ("If-Match", tag)))
            .Is(200);
        (await stage.LookAsync(taskId)).Has("title", "Other words").Has("priority", 3);
    }

    private static async Task EditStaleAsync(Stage stage)
    {
        var taskId = await stage.TaskAsync();
        var tag = (await stage.LookAsync(taskId)).Header("ETag") ?? "none";
        (await stage.Admin.PatchAsync($"/v1/admin/tasks/{taskId}", new JsonObject { ["title"] = "First" }, ("If-Match", tag))).Is(200);
        (await stage.Admin.PatchAsync($"/v1/admin/tasks/{taskId}", new JsonObject { ["title"] = "Second" }, ("If-Match", tag))).Is(412);
        (await stage.LookAsync(taskId)).Has("title", "First");
    }

    private static async Task RequeueAsync(Stage stage)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(first);
        await first.TakeAsync(lease.TaskId, "in_progress");
        (await stage.ActAsync(lease.TaskId, "requeue")).Has("status", "ready");
        await stage.GetAsync(second, lease.TaskId);
        (await first.ReportAsync(lease.TaskId, "pr_opened")).IsProblem(409, "conflict");
    }

    private static async Task ReasonAsync(Stage stage)
    {
        var taskId = await stage.TaskAsync();
        foreach (var verb in new[] { "requeue", "cancel" }) (await stage.Admin.PostAsync($"/v1/admin/tasks/{taskId}/{verb}"))
            .Rejects("reason");
        (await stage.Admin.PostAsync($"/v1/admin/tasks/{taskId}/force-status", new JsonObject { ["status"] = "merged" })).Rejects("reason");
        await stage.MustBeAsync(taskId, "ready");
    }

    private static async Task CancelAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        (await stage.ActAsync(lease.TaskId, "cancel")).Has("status", "cancelled");
        (await worker.ReportAsync(lease.TaskId, "in_progress")).IsRefused();
        await stage.MustBeAsync(lease.TaskId, "cancelled");
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 0, "no lease of a cancelled task");
    }

    private static async Task ForceAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress");
        await stage.ActAsync(lease.TaskId, "force-status", new JsonObject { ["status"] = "ready", ["reason"] = "conformance" });
        await stage.MustBeAsync(lease.TaskId, "ready");
        (await worker.ReportAsync(lease.TaskId, "blocked", lease.Proof)).IsProblem(409, "conflict");
    }

    private static async Task ComesFirstAsync(Stage stage, string expected, string other)
    {
        var worker = await stage.WorkerAsync(points: 1, concurrent: 1);
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 1 && leases[0].TaskId == expected, $"{expected} before {other}");
    }

    private static async Task AcceptAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
        await stage.ActAsync(lease.TaskId, "accept", new JsonObject { ["rating"] = 5 });
        await stage.MustBeAsync(lease.TaskId, "merged");
    }

    private static async Task AcceptRatingAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
        foreach (var rating in new[] { 0, 6 })
            (await stage.Admin.PostAsync($"/v1/admin/tasks/{lease.TaskId}/accept", new JsonObject { ["rating"] = rating }))
                .Rejects("rating");
        await stage.MustBeAsync(lease.TaskId, "pr_opened");
    }

    private static async Task RejectWordsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
        (await stage.Admin.PostAsync($"/v1/admin/tasks/{lease.TaskId}/reject", new JsonObject { ["to"] = "ready" })).Rejects("reason");
        await stage.MustBeAsync(lease.TaskId, "pr_opened");
    }
}
