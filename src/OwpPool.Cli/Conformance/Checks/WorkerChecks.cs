using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>What workers say of themselves (protocol §2).</summary>
internal static class WorkerChecks
{
    private const string Register = "/v1/workers/register";

    public static Section Registration => new("§2 Registration")
    {
        { "register.created", Level.Core, "A worker gets 201 with its id and token.", CreatedAsync },
        { "register.unique", Level.Core, "A name need not be unique: the same again is another worker.", UniqueAsync },
        { "register.name-required", Level.Core, "A name is required and not empty.", async stage =>
            await RefuseAsync(stage, [new JsonObject { ["skills"] = Skills(stage) },
                new JsonObject { ["name"] = "", ["skills"] = Skills(stage) }]) },
        { "register.least", Level.Core, "Capacity and concurrency are at least 1.", async stage =>
            await RefuseAsync(stage, [Body(stage, "capacity_points", 0), Body(stage, "max_concurrent_tasks", 0),
                Body(stage, "capacity_points", -5)]) },
        { "register.interval", Level.Pool, "The answer says how often to send a heartbeat.", async stage =>
        {
            var answer = (await stage.Nobody.PostAsync(Register, Body(stage, "name", "conformance"))).Is(201);
            answer.Must(answer.Whole("heartbeat_interval_seconds") > 0, "heartbeat_interval_seconds above 0");
        } },
        { "register.defaults", Level.Pool, "Capacity is 5 and concurrency 2 where nothing is said.", DefaultsAsync },
        { "register.name-length", Level.Pool, "A name has at most 120 characters.",
            stage => LimitAsync(stage, "name", new string('n', 120), new string('n', 121)) },
        { "register.handle-length", Level.Pool, "A GitHub handle has at most 120 characters.", stage =>
            LimitAsync(stage, "github_handle", new string('h', 120), new string('h', 121)) },
        { "register.capacity-range", Level.Pool, "Capacity is 1 to 100.", stage => LimitAsync(stage, "capacity_points", 100, 101) },
        { "register.concurrent-range", Level.Pool, "Concurrency is 1 to 20.", stage => LimitAsync(stage, "max_concurrent_tasks", 20, 21) },
        { "register.skill-count", Level.Pool, "There are at most 100 skills.", stage => LimitAsync(stage, "skills", Many(100), Many(101)) },
        { "register.skill-length", Level.Pool, "A skill has at most 64 characters.", stage =>
            LimitAsync(stage, "skills", new JsonArray(new string('s', 64)), new JsonArray(new string('s', 65))) },
        { "register.me", Level.Pool, "GET /v1/workers/me is the worker as it registered.", MeAsync },
    };

    public static Section Heartbeats => new("§2 Heartbeats")
    {
        { "heartbeat.ok", Level.Core, "A heartbeat is 200 with ok and server_time.", async stage =>
            Stage.TimeOf((await (await stage.WorkerAsync()).HeartbeatAsync("idle")).Is(200).Has("ok", true)) },
        { "heartbeat.default", Level.Core, "A heartbeat that says nothing is one of an idle worker.", async stage =>
            (await (await stage.WorkerAsync()).PostAsync("/v1/workers/heartbeat")).Is(200).Has("ok", true) },
        { "heartbeat.unknown-status", Level.Core, "An unknown status is 400.",
            async stage => (await (await stage.WorkerAsync()).HeartbeatAsync("asleep")).Is(400) },
        { "heartbeat.status", Level.Pool, "idle, working, paused and offline are taken and told back.", StatusAsync },
        { "heartbeat.note", Level.Pool, "A note has at most 500 characters.", NoteAsync },
        { "heartbeat.old-field", Level.Pool, "current_capacity of older clients is ignored.", async stage =>
            (await (await stage.WorkerAsync())
                .PostAsync("/v1/workers/heartbeat", new JsonObject { ["status"] = "idle", ["current_capacity"] = 3 })).Is(200) },
        { "heartbeat.leases", Level.Pool, "A heartbeat lists what is held, with the seconds left.", LeasesAsync },
        { "heartbeat.lost", Level.Pool, "A heartbeat names what was taken away, with the reason.", LostAsync },
        { "heartbeat.cancel", Level.Pool, "A heartbeat names what a maintainer cancelled.", CancelAsync },
        { "heartbeat.desired-state", Level.Pool, "A heartbeat says run, or quiet to a worker that an admin paused.", DesiredAsync },
    };

    private static JsonArray Skills(Stage stage) => new(stage.Skill);

    private static JsonObject Body(Stage stage, string field, JsonNode value)
    {
        var body = new JsonObject { ["name"] = "conformance", ["skills"] = Skills(stage) };
        body[field] = value;
        return body;
    }

    private static JsonArray Many(int count) => new([.. Enumerable.Range(0, count).Select(number => (JsonNode)$"conf-{number}")]);

    private static async Task LimitAsync(Stage stage, string field, JsonNode last, JsonNode beyond)
    {
        (await stage.Nobody.PostAsync(Register, Body(stage, field, last))).Is(201);
        (await stage.Nobody.PostAsync(Register, Body(stage, field, beyond))).IsProblem(400, "validation_error");
    }

    private static async Task RefuseAsync(Stage stage, IEnumerable<JsonObject> bodies)
    {
        foreach (var body in bodies) (await stage.Nobody.PostAsync(Register, body)).Is(400);
    }

    private static async Task CreatedAsync(Stage stage)
    {
        var answer = (await stage.Nobody.PostAsync(Register, Body(stage, "github_handle", "conformance"))).Is(201);
        answer.Text("worker_id");
        answer.Must(answer.Text("token").Length >= 16, "a token of some length");
    }

    private static async Task UniqueAsync(Stage stage)
    {
        var first = (await stage.Nobody.PostAsync(Register, Body(stage, "name", "conformance"))).Is(201);
        var second = (await stage.Nobody.PostAsync(Register, Body(stage, "name", "conformance"))).Is(201);
        second.Must(first.Text("worker_id") != second.Text("worker_id"), "another worker_id than the first");
    }

    private static async Task DefaultsAsync(Stage stage)
    {
        var worker = stage.WorkerOf((await stage.Nobody.PostAsync(Register, new JsonObject { ["name"] = "conformance" })).Is(201));
        (await worker.GetAsync("/v1/workers/me")).Is(200).Has("capacity_points", 5).Has("max_concurrent_tasks", 2);
    }

    private static async Task MeAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync(points: 7, concurrent: 3);
        var lease = await stage.LeaseAsync(worker, new JsonObject { ["estimate_points"] = 2 });
        var me = (await worker.GetAsync("/v1/workers/me")).Is(200);
        me.Has("worker_id", worker.Id).Has("name", "conformance").Has("capacity_points", 7).Has("max_concurrent_tasks", 3);
        me.Must(me.Items("skills").Any(skill => skill.Shown() == stage.Skill), $"the skill {stage.Skill}");
        me.Must(Lease.ListOf(me).Any(held => held.TaskId == lease.TaskId), $"the lease of {lease.TaskId}");
        me.Text("status");
        me.Number("reputation_score");
    }

    private static async Task StatusAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        foreach (var status in new[] { "working", "paused", "idle", "offline" }) (await worker.HeartbeatAsync(status)).Is(200)
            .Has("status", status);
    }

    private static async Task NoteAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        (await worker.PostAsync("/v1/workers/heartbeat", new JsonObject { ["note"] = new string('n', 500) })).Is(200);
        (await worker.PostAsync("/v1/workers/heartbeat", new JsonObject { ["note"] = new string('n', 501) })).Rejects("note");
    }

    private static async Task LeasesAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var beat = (await worker.HeartbeatAsync()).Is(200);
        var held = Lease.ListOf(beat).SingleOrDefault(one => one.TaskId == lease.TaskId);
        beat.Must(held is not null && held.LeaseId == lease.LeaseId, $"the lease {lease.LeaseId} of {lease.TaskId}");
        beat.Must(held!.View.WholeAt("remaining_seconds") > 0, "remaining_seconds above 0");
        beat.Items("lost");
        beat.Items("cancel");
    }

    private static async Task LostAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        (await worker.HeartbeatAsync()).Is(200);
        await stage.ActAsync(lease.TaskId, "requeue");
        var beat = (await worker.HeartbeatAsync()).Is(200);
        var lost = beat.Items("lost").FirstOrDefault(item => item.TextAt("task_id") == lease.TaskId);
        beat.Must(lost.At("reason") is not null, $"{lease.TaskId} and a reason in 'lost'");
    }

    private static async Task CancelAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await stage.ActAsync(lease.TaskId, "cancel");
        var beat = (await worker.HeartbeatAsync()).Is(200);
        beat.Must(beat.Items("cancel").Any(item => item.Shown() == lease.TaskId), $"{lease.TaskId} in 'cancel'");
    }

    private static async Task DesiredAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        (await worker.HeartbeatAsync()).Is(200).Has("desired_state", "run");
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/pause")).Is(200);
        (await worker.HeartbeatAsync()).Is(200).Has("desired_state", "quiet");
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/resume")).Is(200);
        (await worker.HeartbeatAsync()).Is(200).Has("desired_state", "run");
    }
}
