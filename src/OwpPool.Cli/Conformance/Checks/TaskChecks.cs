using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Adding tasks and looking at them (protocol §3).</summary>
internal static class TaskChecks
{
    public static Section Creation => new("§3 New tasks")
    {
        { "task.created", Level.Core, "A new task is 201 with ok and its id.",
            async stage => (await stage.CreateAsync()).Is(201).Has("ok", true).Text("task_id") },
        { "task.title-required", Level.Core, "A title is required and not empty.", async stage =>
        {
            (await stage.CreateAsync(new JsonObject { ["title"] = "" })).Is(400);
            (await stage.Admin.PostAsync("/v1/admin/tasks",
                new JsonObject { ["repo"] = stage.Repo, ["required_skills"] = new JsonArray(stage.Skill) })).Is(400);
        } },
        { "task.points-least", Level.Core, "Points are at least 1.",
            async stage => (await stage.CreateAsync(new JsonObject { ["estimate_points"] = 0 })).Is(400) },
        { "task.tier-range", Level.Core, "Tiers are 0 to 3.", async stage =>
        {
            (await stage.CreateAsync(new JsonObject { ["tier"] = 4 })).Is(400);
            (await stage.CreateAsync(new JsonObject { ["tier"] = 3 })).Is(201);
        } },
        { "task.unknown-repo", Level.Core, "A task of a repo that is not there is refused.", async stage =>
            (await stage.CreateAsync(new JsonObject { ["repo"] = "conformance/none-such" })).IsRefused() },
        { "task.unknown-repo-code", Level.Pool, "A task of a repo that is not there is 404 not_found.", async stage =>
            (await stage.CreateAsync(new JsonObject { ["repo"] = "conformance/none-such" })).IsProblem(404, "not_found") },
        { "task.limits", Level.Pool, "Fields beyond their limits are 400 and named.", LimitsAsync },
        { "task.at-limits", Level.Pool, "Fields at their limits are taken.", AtLimitsAsync },
        { "task.defaults", Level.Pool, "Points are 1, priority 10, tier 0 where nothing is said.", DefaultsAsync },
        { "task.external-id", Level.Pool, "A repeated external_id in the repo is 200 with the first task's id.", ExternalAsync },
        { "task.batch", Level.Pool, "A batch is 201 with an id for each task, in their order.", BatchAsync },
        { "task.batch-all-or-none", Level.Pool, "A batch with one bad task adds none.", BatchNoneAsync },
        { "task.batch-size", Level.Pool, "A batch has at most 1,000 tasks, and not none.", BatchSizeAsync },
    };

    public static Section Views => new("§3 Tasks")
    {
        { "tasks.filters", Level.Pool, "repo, status, area, skill, worker_id, q and tier filter the list.", FiltersAsync },
        { "tasks.bad-filters", Level.Pool, "A filter that cannot be is 400.", async stage =>
        {
            foreach (var (name, value) in new[] { ("status", "asleep"), ("tier", "4"), ("sort", "colour"), ("worker_id", "7"),
                ("repo", "a b") })
                (await stage.Admin.GetAsync($"/v1/tasks?{name}={Uri.EscapeDataString(value)}")).Rejects(name);
        } },
        { "tasks.sort", Level.Pool, "The list is in the order that is asked for.", SortAsync },
        { "tasks.own", Level.Pool, "A worker's list has its own tasks only.", OwnAsync },
        { "tasks.get", Level.Pool, "A task shows its fields, timeline, attempts and artifacts.", GetAsync },
        { "tasks.instants", Level.Pool, "An instant may have any number of fraction digits; what is not kept is cut.", InstantsAsync },
        { "tasks.etag", Level.Pool, "A task has an ETag, which changes with it.", EtagAsync },
    };

    private static async Task LimitsAsync(Stage stage)
    {
        foreach (var (field, value) in new (string, JsonNode)[]
        {
            ("title", new string('t', 301)), ("description", new string('d', (64 * 1024) + 1)), ("estimate_points", 101),
                ("priority", 1001),
            ("priority", -1), ("tier", -1), ("area", new string('a', 121)), ("external_id", new string('e', 201)),
                ("not_before", "tomorrow"),
            ("required_skills", new JsonArray([.. Enumerable.Range(0, 51).Select(number => (JsonNode)$"s{number}")])),
        })
            (await stage.CreateAsync(new JsonObject { [field] = value })).Rejects(field);
    }

    private static async Task AtLimitsAsync(Stage stage)
    {
        var answer = await stage.CreateAsync(new JsonObject
        {
            ["title"] = new string('t', 300),
            ["description"] = new string('d', 64 * 1024),
            ["estimate_points"] = 100,
            ["priority"] = 1000,
            ["tier"] = 3,
            ["area"] = new string('a', 120),
            ["external_id"] = stage.Mark.PadRight(200, 'e'),
            ["not_before"] = "2026-01-18T05:00:00.000Z",
            ["required_skills"] = new JsonArray([.. Enumerable.Range(0, 50).Select(number => (JsonNode)$"{stage.Skill}-{number}")]),
        });
        answer.Is(201);
    }

    private static async Task InstantsAsync(Stage stage)
    {
        foreach (var digits in new[] { ".1", ".123456", ".1234567", ".12345678", ".123456789", ".123456789012" })
        {
            var created = (await stage.CreateAsync(new JsonObject { ["not_before"] = $"2020-01-18T05:00:00{digits}Z" })).Is(201);
            var task = await stage.LookAsync(created.Text("task_id"));
            task.Must(task.TextOrNull("not_before")?.StartsWith("2020-01-18T05:00:00.1", StringComparison.Ordinal) == true,
                "not_before as it was sent, cut to what is kept");
        }
    }

    private static async Task DefaultsAsync(Stage stage)
    {
        var body = new JsonObject { ["repo"] = stage.Repo, ["title"] = "Conformance task.defaults",
            ["required_skills"] = new JsonArray(stage.Skill) };
        var taskId = (await stage.Admin.PostAsync("/v1/admin/tasks", body)).Is(201).Text("task_id");
        (await stage.LookAsync(taskId)).Has("estimate_points", 1).Has("priority", 10).Has("tier", 0).Has("status", "ready");
    }

    private static async Task ExternalAsync(Stage stage)
    {
        var external = new JsonObject { ["external_id"] = stage.Mark };
        var first = (await stage.CreateAsync((JsonObject)external.DeepClone())).Is(201);
        (await stage.CreateAsync(external)).Is(200).Has("task_id", first.Text("task_id"));
    }

    private static JsonObject Batch(params IEnumerable<JsonObject> tasks) => new() { ["tasks"] = new JsonArray([.. tasks]) };

    private static JsonObject Marked(Stage stage, JsonObject? fields = null)
    {
        var body = fields ?? [];
        body["required_skills"] = new JsonArray(stage.Skill, stage.Mark);
        return stage.Fields(body);
    }

    private static async Task BatchAsync(Stage stage)
    {
        var answer = (await stage.Admin.PostAsync("/v1/admin/tasks/batch",
            Batch(stage.Fields(new JsonObject { ["title"] = "first" }), stage.Fields(new JsonObject { ["title"] = "second" })))).Is(201);
        var ids = answer.Items("task_ids");
        answer.Must(ids.Count == 2, "two ids");
        (await stage.LookAsync(ids[0].ToString())).Has("title", "first");
        (await stage.LookAsync(ids[1].ToString())).Has("title", "second");
    }

    private static async Task BatchNoneAsync(Stage stage)
    {
        (await stage.Admin.PostAsync("/v1/admin/tasks/batch",
            Batch(Marked(stage), stage.Fields(new JsonObject { ["estimate_points"] = 0 }))))
            .IsProblem(400, "validation_error");
        (await stage.Admin.PostAsync("/v1/admin/tasks/batch",
            Batch(Marked(stage), stage.Fields(new JsonObject { ["repo"] = "conformance/none-such" }))))
            .IsRefused();
        var list = (await stage.Admin.GetAsync($"/v1/tasks?repo={Uri.EscapeDataString(stage.Repo)}&skill={stage.Mark}")).Is(200);
        list.Must(list.Items("items").Count == 0, "no task");
    }

    private static async Task BatchSizeAsync(Stage stage)
    {
        (await stage.Admin.PostAsync("/v1/admin/tasks/batch", Batch())).IsProblem(400, "validation_error");
        (await stage.Admin.PostAsync("/v1/admin/tasks/batch", Batch(Enumerable.Range(0, 1001).Select(_ => stage.Fields()))))
            .IsProblem(400, "validation_error");
    }

    private static async Task FiltersAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync(20, 10, stage.Mark);
        var held = new JsonObject { ["title"] = $"Held {stage.Mark}", ["area"] = $"{stage.Mark}/Held", ["tier"] = 1 };
        var lease = await stage.LeaseAsync(worker, Marked(stage, held));
        var waiting = new JsonObject { ["title"] = $"Waiting {stage.Mark}", ["area"] = $"{stage.Mark}/waiting", ["tier"] = 2 };
        var other = await stage.TaskAsync(Marked(stage, waiting));
        foreach (var filter in new[]
        {
            "status=leased", $"area={stage.Mark}/held", $"worker_id={worker.Id}", $"q=HELD%20{stage.Mark}", "tier=1",
                "status=leased,blocked&tier=1",
        })
        {
            var answer = (await stage.Admin.GetAsync($"/v1/tasks?repo={Uri.EscapeDataString(stage.Repo)}&skill={stage.Mark}&{filter}"))
                .Is(200);
            answer.Must(answer.Items("items").Select(item => item.TextAt("task_id")).SequenceEqual([lease.TaskId]),
                $"{lease.TaskId} and not {other}");
        }
    }

    private static async Task SortAsync(Stage stage)
    {
        var low = await stage.TaskAsync(Marked(stage, new JsonObject { ["priority"] = 1 }));
        var high = await stage.TaskAsync(Marked(stage, new JsonObject { ["priority"] = 9 }));
        var middle = await stage.TaskAsync(Marked(stage, new JsonObject { ["priority"] = 5 }));
        foreach (var (sort, order) in new[]
            { ("-created", new[] { middle, high, low }), ("created", [low, high, middle]), ("-priority", [high, middle, low]) })
        {
            var answer = (await stage.Admin.GetAsync($"/v1/tasks?repo={Uri.EscapeDataString(stage.Repo)}&skill={stage.Mark}&sort={sort}"))
                .Is(200);
            answer.Must(answer.Items("items").Select(item => item.TextAt("task_id")).SequenceEqual(order), $"{string.Join(", ", order)}");
        }
    }

    private static async Task OwnAsync(Stage stage)
    {
        var (worker, other) = (await stage.FreshWorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(worker);
        await stage.LeaseAsync(other);
        var answer = (await worker.GetAsync("/v1/tasks")).Is(200);
        answer.Must(answer.Items("items").Select(item => item.TextAt("task_id")).SequenceEqual([lease.TaskId]), $"{lease.TaskId} alone");
    }

    private static async Task GetAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker, new JsonObject { ["description"] = "What to do.", ["area"] = stage.Mark });
        (await worker.ReleaseAsync(lease.TaskId)).Is(200);
        var task = await stage.LookAsync(lease.TaskId);
        task.Has("task_id", lease.TaskId).Has("repo", stage.Repo).Has("description", "What to do.").Has("area", stage.Mark)
            .Has("status", "ready");
        task.Must(task.Items("timeline").Count >= 3, "a timeline of creation, lease and release");
        task.Must(task.Items("attempts").Count == 1, "one past attempt");
        task.Member("artifact");
    }

    private static async Task EtagAsync(Stage stage)
    {
        var taskId = await stage.TaskAsync();
        var first = await stage.LookAsync(taskId);
        first.Must(first.Header("ETag") is { Length: > 2 } tag && tag.EndsWith('"'), "an ETag in quotes");
        await stage.GetAsync(await stage.WorkerAsync(), taskId);
        var second = await stage.LookAsync(taskId);
        second.Must(second.Header("ETag") is { } now && now != first.Header("ETag"), $"another ETag than {first.Header("ETag")}",
            second.Header("ETag"));
    }
}
