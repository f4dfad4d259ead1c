using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Workers as admins see and control them (protocol §3).</summary>
internal static class ControlChecks
{
    public static Section All => new("§3 Workers")
    {
        { "workers.list", Level.Pool, "The list of workers has the worker.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync(20, 10, stage.Mark);
            var answer = (await stage.Admin.GetAsync($"/v1/workers?skill={stage.Mark}")).Is(200);
            answer.Must(answer.Items("items").Select(item => item.TextAt("worker_id")).SequenceEqual([worker.Id]), $"{worker.Id} alone");
        } },
        { "workers.get", Level.Pool, "One worker shows what it said at registration.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync(points: 9, concurrent: 4);
            (await stage.Admin.GetAsync($"/v1/workers/{worker.Id}")).Is(200).Has("worker_id", worker.Id).Has("capacity_points", 9)
                .Has("max_concurrent_tasks", 4);
        } },
        { "workers.unknown", Level.Pool, "A worker that is not there is 404 everywhere.", UnknownAsync },
        { "workers.pause", Level.Pool, "A paused worker is told and shown so, until it is resumed.", PauseAsync },
        { "workers.revoke", Level.Pool, "Revoking gives a worker's leases back and counts no attempt.", RevokeAsync },
        { "workers.revoke-undo", Level.Pool, "Revoking with undo puts back leases, reviews and merges that nobody has confirmed.", UndoAsync },
        { "workers.trust", Level.Pool, "A trust tier can be set to each of its words.", TrustAsync },
        { "workers.trust-words", Level.Pool, "A tier that is none is 400.", async stage =>
        {
            var path = $"/v1/workers/{(await stage.WorkerAsync()).Id}/trust-tier";
            (await stage.Admin.PostAsync(path, new JsonObject { ["tier"] = "friend" })).Rejects("tier");
            (await stage.Admin.PostAsync(path)).Rejects("tier");
            (await stage.Admin.PostAsync(path, new JsonObject { ["tier"] = "basic", ["reason"] = new string('r', 501) })).Rejects("reason");
        } },
    };

    private static async Task UnknownAsync(Stage stage)
    {
        foreach (var path in new[] { "", "/reputation" }) (await stage.Admin.GetAsync($"/v1/workers/w_conformanceunknown{path}"))
            .IsProblem(404, "not_found");
        foreach (var verb in new[] { "pause", "resume", "revoke" })
            (await stage.Admin.PostAsync($"/v1/workers/w_conformanceunknown/{verb}")).IsProblem(404, "not_found");
        (await stage.Admin.PostAsync("/v1/workers/w_conformanceunknown/trust-tier", new JsonObject { ["tier"] = "basic" }))
            .IsProblem(404, "not_found");
    }

    private static async Task PauseAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/pause", new JsonObject { ["reason"] = "conformance" })).Is(200);
        (await worker.GetAsync("/v1/workers/me")).Is(200).Has("paused_by_admin", true);
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/resume")).Is(200);
        (await worker.GetAsync("/v1/workers/me")).Is(200).Has("paused_by_admin", false);
    }

    private static async Task RevokeAsync(Stage stage)
    {
        var (first, second) = (await stage.FreshWorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(first);
        await first.TakeAsync(lease.TaskId, "in_progress");
        (await stage.Admin.PostAsync($"/v1/workers/{first.Id}/revoke", new JsonObject { ["reason"] = "conformance" })).Is(200);
        await stage.GetAsync(second, lease.TaskId);
        (await stage.LookAsync(lease.TaskId)).Has("attempt_count", 0);
    }

    private static async Task UndoAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        var confirmed = (await stage.LeaseAsync(worker)).TaskId;
        await worker.TakeAsync(confirmed, "in_progress", "pr_opened", "merged");
        await stage.ActAsync(confirmed, "accept");
        var undone = new List<string>();
        foreach (var steps in new string[][] { ["in_progress"], ["pr_opened"], ["pr_opened", "merged"] })
        {
            undone.Add((await stage.LeaseAsync(worker)).TaskId);
            await worker.TakeAsync(undone[^1], steps);
        }
        var answer = await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/revoke",
            new JsonObject { ["reason"] = "conformance", ["undo"] = true });
        answer.Is(200).Must(answer.Whole("undone") >= 2, "\"undone\": at least the review and the merge");
        foreach (var taskId in undone) await stage.MustBeAsync(taskId, "ready");
        await stage.MustBeAsync(confirmed, "merged");
    }

    private static async Task TrustAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        foreach (var tier in new[] { "untrusted", "trusted", "maintainer", "basic" })
        {
            (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/trust-tier",
                new JsonObject { ["tier"] = tier, ["reason"] = "conformance" })).Is(200).Has("ok", true);
            (await stage.Admin.GetAsync($"/v1/workers/{worker.Id}/reputation")).Is(200).Has("trust_tier", tier);
        }
    }
}
