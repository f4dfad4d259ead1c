using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 12: every change is one event.</summary>
internal static class AuditRules
{
    public static Section All => new("§4.12 Audit")
    {
        { "R12.1", Level.Pool, "A new task is an event of the admin.",
            async stage => await HasAsync(stage, await stage.TaskAsync(), "task.created", "admin:") },
        { "R12.2", Level.Pool, "A task's whole life is in the log: an event a change, by who made it.", LifeAsync },
        { "R12.3", Level.Pool, "A registration is an event.",
            async stage => await HasAsync(stage, (await stage.FreshWorkerAsync()).Id, "worker.registered") },
        { "R12.4", Level.Pool, "A changed setting is an event with what was before.", SettingAsync, Lane.Alone },
        { "R12.5", Level.Pool, "Rotating and revoking tokens are events.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync();
            var before = await CountAsync(stage, worker.Id);
            var rotated = (await worker.PostAsync("/v1/workers/token/rotate")).Is(200);
            stage.Target.Http.Secrets.Add(rotated.Text("token"));
            await GrewAsync(stage, worker.Id, before, 1, "rotating");
            (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/revoke", new JsonObject { ["reason"] = "conformance" })).Is(200);
            await GrewAsync(stage, worker.Id, before, 2, "revoking");
        } },
        { "R12.6", Level.Pool, "A changed tier of trust is an event with the reason.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync();
            (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/trust-tier",
                new JsonObject { ["tier"] = "trusted", ["reason"] = "known for years" })).Is(200);
            var answer = (await stage.Admin.GetAsync($"/v1/audit/events?target={worker.Id}&limit=10")).Is(200);
            answer.Must(answer.Items("events")
                .Any(item => item.At("details")?.GetRawText().Contains("known for years", StringComparison.Ordinal) is true),
                "an event with the reason");
        } },
        { "R12.7", Level.Pool, "What is refused is no change and no event.", async stage =>
        {
            var taskId = await stage.TaskAsync();
            var before = await CountAsync(stage, taskId);
            (await (await stage.WorkerAsync()).ReportAsync(taskId, "in_progress")).IsRefused();
            (await stage.Admin.PostAsync($"/v1/admin/tasks/{taskId}/requeue")).Is(400);
            await GrewAsync(stage, taskId, before, 0, "a refusal");
        } },
        { "R12.8", Level.Pool, "A repeated request with its Idempotency-Key is no second event.", async stage =>
        {
            var key = ("Idempotency-Key", Guid.NewGuid().ToString());
            var taskId = (await stage.Admin.PostAsync("/v1/admin/tasks", stage.Fields(), key)).Is(201).Text("task_id");
            (await stage.Admin.PostAsync("/v1/admin/tasks", stage.Fields(), key)).Is(201);
            await GrewAsync(stage, taskId, 0, 1, "the same request twice");
        } },
        { "R12.9", Level.Pool, "Pausing and resuming a worker are two events.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync();
            var before = await CountAsync(stage, worker.Id);
            foreach (var verb in new[] { "pause", "resume" }) (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/{verb}")).Is(200);
            await GrewAsync(stage, worker.Id, before, 2, "pausing and resuming");
        } },
    };

    private static async Task<IReadOnlyList<JsonElement>> EventsAsync(Stage stage, string target) =>
        (await stage.Admin.GetAsync($"/v1/audit/events?limit=100&target={Uri.EscapeDataString(target)}")).Is(200).Items("events");

    private static async Task<int> CountAsync(Stage stage, string target) => (await EventsAsync(stage, target)).Count;

    private static async Task GrewAsync(Stage stage, string target, int before, int by, string what)
    {
        var answer = (await stage.Admin.GetAsync($"/v1/audit/events?limit=100&target={Uri.EscapeDataString(target)}")).Is(200);
        answer.Must(answer.Items("events").Count == before + by, $"{by} events of {what}",
            $"{answer.Items("events").Count - before} events");
    }

    private static async Task HasAsync(Stage stage, string target, string type, string actor = "")
    {
        var answer = (await stage.Admin.GetAsync($"/v1/audit/events?target={target}")).Is(200);
        answer.Must(answer.Items("events").Any(item => item.TextAt("event_type") == type
            && (item.TextAt("actor") ?? "").StartsWith(actor, StringComparison.Ordinal)), $"an event {type}{(actor.Length == 0 ? "" : $" by {actor}…")}");
    }

    private static async Task LifeAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened", "merged");
        var answer = (await stage.Admin.GetAsync($"/v1/audit/events?target={lease.TaskId}&limit=100")).Is(200);
        var events = answer.Items("events");
        answer.Must(events.Count == 5, "5 events: created, leased, in_progress, pr_opened, merged", $"{events.Count} events");
        answer.Must(events.Count(item => item.TextAt("actor") == worker.Id) == 4, $"4 of them by {worker.Id}");
    }

    private static async Task SettingAsync(Stage stage)
    {
        await stage.SetRepoAsync(new JsonObject { ["max_open_prs"] = 41 });
        var before = (await EventsAsync(stage, stage.Repo)).FirstOrDefault().TextAt("id");
        await stage.SetRepoAsync(new JsonObject { ["max_open_prs"] = 42 });
        var answer = (await stage.Admin.GetAsync($"/v1/audit/events?limit=1&target={Uri.EscapeDataString(stage.Repo)}")).Is(200);
        var details = answer.Items("events").FirstOrDefault().At("details")?.GetRawText() ?? "";
        answer.Must(details.Contains("41", StringComparison.Ordinal) && details.Contains("42", StringComparison.Ordinal),
            "details with 41 before and 42 after");
        answer.Must(answer.Items("events").FirstOrDefault().TextAt("id") != before, "a new event");
    }
}
