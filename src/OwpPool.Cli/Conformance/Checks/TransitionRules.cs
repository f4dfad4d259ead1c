using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 9: how a task moves.</summary>
internal static class TransitionRules
{
    public static Section All => new("§4.9 Transitions")
    {
        { "R9.1", Level.Pool, "ready, leased, in_progress, blocked, in_progress, pr_opened, merged.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var taskId = await stage.TaskAsync();
            await stage.MustBeAsync(taskId, "ready");
            await stage.GetAsync(worker, taskId);
            await stage.MustBeAsync(taskId, "leased");
            foreach (var status in new[] { "in_progress", "blocked", "in_progress", "pr_opened", "merged" })
            {
                (await worker.TakeAsync(taskId, status)).Has("status", status);
                await stage.MustBeAsync(taskId, status);
            }
        } },
        { "R9.2", Level.Pool, "From leased and from blocked straight to pr_opened.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            await worker.TakeAsync((await stage.LeaseAsync(worker)).TaskId, "pr_opened");
            await worker.TakeAsync((await stage.LeaseAsync(worker)).TaskId, "in_progress", "blocked", "pr_opened");
        } },
        { "R9.3", Level.Core, "The same report twice is 200 twice.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            await worker.TakeAsync((await stage.LeaseAsync(worker)).TaskId, "in_progress", "in_progress");
        } },
        { "R9.4", Level.Pool, "The same report twice is one effect.", TwiceAsync },
        { "R9.5", Level.Pool, "From leased or in_progress a worker cannot merge.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            Illegal(await worker.ReportAsync(lease.TaskId, "merged"));
            await worker.TakeAsync(lease.TaskId, "in_progress");
            Illegal(await worker.ReportAsync(lease.TaskId, "merged"));
            await stage.MustBeAsync(lease.TaskId, "in_progress");
        } },
        { "R9.6", Level.Pool, "An illegal step is 400 with the phase and the legal next ones.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var answer = await worker.ReportAsync((await stage.LeaseAsync(worker)).TaskId, "merged");
            Illegal(answer);
            answer.Has("details.phase", "leased")
                .Must(answer.Items("details.legal_next").Any(next => next.Shown() == "in_progress"), "in_progress in legal_next");
        } },
        { "R9.7", Level.Pool, "What is under review cannot be blocked.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
            Illegal(await worker.ReportAsync(lease.TaskId, "blocked"));
        } },
        { "R9.8", Level.Pool, "A merge that a maintainer has confirmed is final.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened", "merged");
            await stage.ActAsync(lease.TaskId, "accept");
            foreach (var status in new[] { "in_progress", "blocked", "pr_opened" }) (await worker.ReportAsync(lease.TaskId, status))
                .IsRefused();
            foreach (var verb in new[] { "requeue", "cancel" })
                Illegal(await stage.Admin.PostAsync($"/v1/admin/tasks/{lease.TaskId}/{verb}",
                    new JsonObject { ["reason"] = "conformance" }));
            await stage.MustBeAsync(lease.TaskId, "merged");
        } },
        { "R9.9", Level.Pool, "cancelled is final.", async stage =>
        {
            var taskId = await stage.TaskAsync();
            await stage.ActAsync(taskId, "cancel");
            Illegal(await stage.Admin.PostAsync($"/v1/admin/tasks/{taskId}/requeue", new JsonObject { ["reason"] = "conformance" }));
            await stage.MustBeAsync(taskId, "cancelled");
        } },
        { "R9.10", Level.Pool, "A task can be cancelled from every phase but merged.", CancelAsync },
        { "R9.11", Level.Pool, "Changes requested: from pr_opened back to in_progress, with the same worker.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
            await stage.ActAsync(lease.TaskId, "reject", new JsonObject { ["to"] = "in_progress", ["reason"] = "tests are missing" });
            await stage.MustBeAsync(lease.TaskId, "in_progress");
            await worker.TakeAsync(lease.TaskId, "pr_opened", "merged");
        } },
        { "R9.12", Level.Pool, "Closed unmerged: from pr_opened back to ready, for anybody.", async stage =>
        {
            var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
            var lease = await stage.LeaseAsync(first);
            await first.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
            await stage.ActAsync(lease.TaskId, "reject", new JsonObject { ["to"] = "ready", ["reason"] = "not needed" });
            await stage.GetAsync(second, lease.TaskId);
        } },
        { "R9.13", Level.Core, "After merged no report takes a task back.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened", "merged");
            (await worker.ReportAsync(lease.TaskId, "in_progress")).IsRefused();
        } },
        { "R9.14", Level.Pool, "A merge that nobody has confirmed can be requeued and rejected, and cannot be cancelled.", UnconfirmedAsync },
    };

    private static void Illegal(WireAnswer answer) => answer.IsProblem(400, "validation_error");

    private static async Task UnconfirmedAsync(Stage stage)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        foreach (var (verb, body) in new (string, JsonObject)[]
        {
            ("requeue", new() { ["reason"] = "not on the main branch" }),
            ("reject", new() { ["to"] = "ready", ["reason"] = "not on the main branch" }),
        })
        {
            var lease = await stage.LeaseAsync(first);
            await first.TakeAsync(lease.TaskId, "in_progress", "pr_opened", "merged");
            Illegal(await stage.Admin.PostAsync($"/v1/admin/tasks/{lease.TaskId}/cancel", new JsonObject { ["reason"] = "conformance" }));
            await stage.ActAsync(lease.TaskId, verb, body);
            await stage.MustBeAsync(lease.TaskId, "ready");
            await stage.GetAsync(second, lease.TaskId);
        }
    }

    private static async Task TwiceAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress");
        var before = await stage.LookAsync(lease.TaskId);
        await worker.TakeAsync(lease.TaskId, "in_progress");
        var after = await stage.LookAsync(lease.TaskId);
        after.Must(after.Items("timeline").Count == before.Items("timeline").Count, "no second event",
            $"{after.Items("timeline").Count} events");
        after.Must(after.Header("ETag") == before.Header("ETag"), $"the ETag as it was, {before.Header("ETag")}", after.Header("ETag"));
    }

    private static async Task CancelAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        foreach (var steps in new string[][] { [], ["in_progress"], ["in_progress", "blocked"], ["in_progress", "pr_opened"] })
        {
            var lease = await stage.LeaseAsync(worker);
            if (steps.Length > 0) await worker.TakeAsync(lease.TaskId, steps);
            (await stage.ActAsync(lease.TaskId, "cancel")).Has("status", "cancelled");
        }
    }
}
