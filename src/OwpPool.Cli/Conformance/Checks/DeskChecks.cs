using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>What waits for maintainers, what is next, and acts on many tasks (protocol §3).</summary>
internal static class DeskChecks
{
    private const string DeskPath = "/v1/admin/desk";
    private const string BulkPath = "/v1/admin/tasks/bulk";

    public static Section All => new("§3 Desk")
    {
        { "desk.lists", Level.Pool, "The desk has a list for each thing that waits, with its length.", async stage =>
        {
            var desk = (await stage.Admin.GetAsync($"{DeskPath}?repo={Uri.EscapeDataString(stage.Repo)}")).Is(200);
            foreach (var list in new[] { "reviews", "merges", "blocked", "dead_letters", "workers", "repos" })
                desk.Must(desk.Whole($"{list}.total") >= desk.Items($"{list}.items").Count, $"'{list}.total' of '{list}.items' or more");
        } },
        { "desk.blocked", Level.Pool, "A blocked task stands on the desk with what its worker said.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress");
            (await worker.ReportAsync(lease.TaskId, "blocked", new JsonObject { ["message"] = stage.Mark })).Is(200);
            var desk = (await stage.Admin.GetAsync($"{DeskPath}?repo={Uri.EscapeDataString(stage.Repo)}&limit=100")).Is(200);
            desk.Must(desk.Items("blocked.items").Any(item => item.TextAt("task_id") == lease.TaskId && item.TextAt("message") == stage.Mark),
                $"{lease.TaskId} in 'blocked' with the message '{stage.Mark}'");
        } },
        { "list.next", Level.Pool, "sort=next lists ready tasks in the order of hand-out.", async stage =>
        {
            var (low, high) = (await stage.TaskAsync(new JsonObject { ["priority"] = 1 }), await stage.TaskAsync(new JsonObject { ["priority"] = 999 }));
            var list = (await stage.Admin.GetAsync($"/v1/tasks?sort=next&skill={stage.Skill}&repo={Uri.EscapeDataString(stage.Repo)}")).Is(200);
            var ids = list.Items("items").Select(item => item.TextAt("task_id")).Where(id => id == low || id == high).ToList();
            list.Must(ids is [var first, _] && first == high, $"{high} before {low}");
        } },
        { "bulk.edit", Level.Pool, "A bulk act changes the tasks that it names, and one event of each has its bulk_id.", BulkEditAsync },
        { "bulk.refused", Level.Pool, "A bulk act refuses a task by the task's own rules and does the others.", async stage =>
        {
            var (ready, cancelled) = (await stage.TaskAsync(), await stage.TaskAsync());
            await stage.ActAsync(cancelled, "cancel");
            var answer = (await stage.Admin.PostAsync(BulkPath, Act("edit", new JsonObject { ["priority"] = 7 }, ready, cancelled))).Is(200);
            answer.Has("matched", 2).Has("changed", 1);
            answer.Must(answer.Items("refused") is [var one] && one.TextAt("task_id") == cancelled && one.TextAt("reason") is { Length: > 0 },
                $"{cancelled} in 'refused' with a reason");
        } },
        { "bulk.dry-run", Level.Pool, "A dry run tells what would be changed and changes nothing.", async stage =>
        {
            var task = await stage.TaskAsync(new JsonObject { ["priority"] = 3 });
            var act = Act("edit", new JsonObject { ["priority"] = 7 }, task);
            act["dry_run"] = true;
            (await stage.Admin.PostAsync(BulkPath, act)).Is(200).Has("changed", 1);
            (await stage.LookAsync(task)).Has("priority", 3);
        } },
        { "bulk.filter", Level.Pool, "A bulk act that names no task and no filter is refused.", async stage =>
        {
            foreach (var filter in new JsonObject?[] { null, new() })
            {
                var body = new JsonObject { ["act"] = "cancel", ["reason"] = "conformance", ["dry_run"] = true };
                if (filter is not null) body["filter"] = filter;
                (await stage.Admin.PostAsync(BulkPath, body)).IsProblem(400, "validation_error");
            }
        } },
    };

    private static async Task BulkEditAsync(Stage stage)
    {
        var tasks = new[] { await stage.TaskAsync(), await stage.TaskAsync() };
        var answer = (await stage.Admin.PostAsync(BulkPath, Act("edit", new JsonObject { ["priority"] = 8 }, tasks))).Is(200);
        answer.Has("matched", 2).Has("changed", 2);
        foreach (var task in tasks)
        {
            var audit = (await stage.Admin.GetAsync($"/v1/audit/events?target={task}")).Is(200);
            var marked = audit.Items("events").Count(item => item.At("details")?.TextAt("bulk_id") == answer.Text("bulk_id"));
            audit.Must(marked == 1, $"one event with the bulk_id {answer.Text("bulk_id")}");
            (await stage.LookAsync(task)).Has("priority", 8);
        }
    }

    private static JsonObject Act(string act, JsonObject changes, params IEnumerable<string> tasks) => new()
    {
        ["act"] = act, ["changes"] = changes, ["reason"] = "conformance", ["task_ids"] = new JsonArray([.. tasks.Select(task => JsonValue.Create(task))]),
    };
}
