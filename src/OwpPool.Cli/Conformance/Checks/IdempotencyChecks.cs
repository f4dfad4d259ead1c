using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Idempotency-Key (protocol §1).</summary>
internal static class IdempotencyChecks
{
    private const string Header = "Idempotency-Key";

    public static Section All => new("§1 Idempotency")
    {
        { "idem.task", Level.Pool, "A repeated key with the same body gives the first answer again and adds one task.", TaskAsync },
        { "idem.register", Level.Pool, "A repeated registration gives the same worker and token.", RegisterAsync },
        { "idem.claim", Level.Pool, "A repeated claim gives the first leases again and takes no more.", ClaimAsync },
        { "idem.report", Level.Pool, "A repeated report gives the first answer again, also when the task has moved on.", ReportAsync },
        { "idem.mismatch", Level.Pool, "A key with another body is 422 idempotency_mismatch.", MismatchAsync },
        { "idem.running", Level.Pool, "A key whose first request still runs is 409 with Retry-After.", RunningAsync },
        { "idem.parallel", Level.Pool, "The same request many times at once has one effect.", ParallelAsync },
        { "idem.length", Level.Pool, "A key has 1 to 255 characters; a longer one is 400.", LengthAsync },
        { "idem.caller", Level.Pool, "A key belongs to its caller: another worker's is another.", CallerAsync },
        { "idem.without", Level.Core, "Without a key the same request twice is two tasks.", WithoutAsync },
    };

    private static (string Name, string Value) Key(string? key = null) => (Header, key ?? Guid.NewGuid().ToString());

    private static async Task TaskAsync(Stage stage)
    {
        var key = Key();
        var first = (await stage.Admin.PostAsync("/v1/admin/tasks", Marked(stage), key)).Is(201);
        var again = (await stage.Admin.PostAsync("/v1/admin/tasks", Marked(stage), key)).Is(201);
        again.Has("task_id", first.Text("task_id"));
        var list = (await stage.Admin.GetAsync($"/v1/tasks?repo={Uri.EscapeDataString(stage.Repo)}&skill={stage.Mark}")).Is(200);
        list.Must(list.Items("items").Count == 1, "one task");
    }

    private static JsonObject Marked(Stage stage) => stage.Fields(new JsonObject { ["required_skills"] = new JsonArray(stage.Mark) });

    private static async Task RegisterAsync(Stage stage)
    {
        var key = Key();
        var body = new JsonObject { ["name"] = "conformance idem.register", ["skills"] = new JsonArray(stage.Skill) };
        var first = (await stage.Nobody.PostAsync("/v1/workers/register", body, key)).Is(201);
        var again = (await stage.Nobody.PostAsync("/v1/workers/register", body, key)).Is(201);
        again.Has("worker_id", first.Text("worker_id")).Must(first.Text("token") == again.Text("token"), "the token of the first answer");
    }

    private static async Task ClaimAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        await stage.TaskAsync();
        await stage.TaskAsync();
        var key = Key();
        var first = Lease.ListOf((await ClaimOneAsync(stage, worker, key)).Is(200));
        var answer = (await ClaimOneAsync(stage, worker, key)).Is(200);
        answer.Must(first.Count == 1 && Lease.ListOf(answer).Select(lease => lease.LeaseId)
            .SequenceEqual(first.Select(lease => lease.LeaseId)),
            $"the one lease of the first answer, {first.FirstOrDefault()?.LeaseId}");
    }

    private static Task<WireAnswer> ClaimOneAsync(Stage stage, Worker worker, (string, string) key) =>
        worker.PostAsync("/v1/claims", new JsonObject { ["max"] = 1, ["repos"] = new JsonArray(stage.Repo) }, key);

    private static async Task ReportAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var key = Key();
        var (path, body) = ($"/v1/tasks/{lease.TaskId}/status", new JsonObject { ["status"] = "in_progress" });
        (await worker.PostAsync(path, body, key)).Is(200);
        (await worker.ReportAsync(lease.TaskId, "blocked")).Is(200);
        (await worker.PostAsync(path, body, key)).Is(200).Has("status", "in_progress");
        await stage.MustBeAsync(lease.TaskId, "blocked");
    }

    private static async Task MismatchAsync(Stage stage)
    {
        var key = Key();
        (await stage.Admin.PostAsync("/v1/admin/tasks", stage.Fields(), key)).Is(201);
        var other = await stage.Admin.PostAsync("/v1/admin/tasks", stage.Fields(new JsonObject { ["title"] = "Another" }), key);
        other.IsProblem(422, "idempotency_mismatch");
    }

    private static async Task RunningAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var claim = new Call(HttpMethod.Post, "/v1/claims")
        {
            Body = Call.Encode(new JsonObject { ["wait_seconds"] = 5, ["repos"] = new JsonArray(stage.Repo) }),
            Headers = [Key()],
            Wait = TimeSpan.FromSeconds(5),
        };
        var first = worker.SendAsync(claim);
        await Task.Delay(TimeSpan.FromSeconds(1), stage.Cancellation);
        // Which of the two comes first is for the network to say.
        var answers = (await Task.WhenAll(first, worker.SendAsync(claim))).OrderBy(answer => answer.Status).ToList();
        answers[0].Is(200);
        answers[1].IsProblem(409, "conflict").Must(answers[1].Header("Retry-After") == "1", "Retry-After: 1");
    }

    private static async Task ParallelAsync(Stage stage)
    {
        var key = Key();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => stage.Admin.PostAsync("/v1/admin/tasks", stage.Fields(), key)));
        foreach (var answer in answers) answer.Is(201, 409);
        var ids = answers.Where(answer => answer.Status == 201).Select(answer => answer.Text("task_id")).Distinct().ToList();
        answers[0].Must(ids.Count == 1, "one task for all", $"{ids.Count} tasks");
    }

    private static async Task LengthAsync(Stage stage)
    {
        var longest = Guid.NewGuid().ToString().PadRight(255, 'k');
        (await stage.Admin.PostAsync("/v1/admin/tasks", stage.Fields(), Key(longest))).Is(201);
        (await stage.Admin.PostAsync("/v1/admin/tasks", stage.Fields(), Key(longest + "k"))).IsProblem(400, "validation_error");
    }

    private static async Task CallerAsync(Stage stage)
    {
        var (one, other) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        await stage.TaskAsync();
        await stage.TaskAsync();
        var key = Key();
        var first = (await ClaimOneAsync(stage, one, key)).Is(200);
        var second = (await ClaimOneAsync(stage, other, key)).Is(200);
        second.Has("worker_id", other.Id).Must(first.Text("worker_id") == one.Id, "each its own answer");
    }

    private static async Task WithoutAsync(Stage stage)
    {
        var (first, second) = (await stage.CreateAsync(), await stage.CreateAsync());
        second.Is(201).Must(second.Text("task_id") != first.Is(201).Text("task_id"), "another task_id than the first");
    }
}
