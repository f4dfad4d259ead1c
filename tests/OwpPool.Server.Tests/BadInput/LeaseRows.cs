using System.Text.Json.Nodes;
using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>52 to 67: what workers and maintainers may not do with leases.</summary>
public static class LeaseRows
{
    public static IEnumerable<BadInput> All { get; } =
    [
        new(52, "a report on a task that nobody holds", async stage =>
        {
            var task = await stage.Server.AddTaskAsync(stage.Repo, ""","required_skills":["nobody's"]""");
            foreach (var status in new[] { "in_progress", "blocked", "pr_opened", "merged", "completed", "failed" })
                Refused(await stage.RefusedAsync(Report(stage.Worker, task, status)), 403, "not_holder");
            Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{task}/release").As(stage.Worker.Token)), 403, "not_holder");
        }),
        new(53, "a report with another's lease", async stage =>
        {
            var (id, token) = ((string)stage.Lease["lease_id"]!, (long)stage.Lease["fencing_token"]!);
            Refused(await stage.RefusedAsync(Report(stage.Other, stage.TaskId, "in_progress", id, token)), 403, "not_holder");
            var (worker, lease) = await stage.LeaseAsync();
            Refused(await stage.RefusedAsync(Report(worker, (string)lease["task_id"]!, "in_progress", id)), 409, "stale_token");
            Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/leases/{id}/renew").As(worker.Token)), 409, "lease_lost");
        }),
        new(54, "an earlier, a later and a wrong fencing token", async stage =>
        {
            var token = (long)stage.Lease["fencing_token"]!;
            foreach (var wrong in new[] { token - 1, token + 1, 0, 9_007_199_254_740_991 })
            {
                Refused(await stage.RefusedAsync(Report(stage.Worker, stage.TaskId, "in_progress", null, wrong)), 409, "stale_token");
                Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{stage.TaskId}/release", $$"""{"fencing_token":{{wrong}}}""")
                    .As(stage.Worker.Token)), 409, "stale_token");
            }
            (await stage.RefusedAsync(Report(stage.Worker, stage.TaskId, "in_progress", null, -1))).MustReject("fencing_token");
        }),
        new(54, "no fencing token, which the holder need not send", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            await stage.TakenAsync(Report(worker, (string)lease["task_id"]!, "in_progress"));
        }),
        new(55, "a report, a renewal and a release after the lease's end", ExpiredAsync),
        new(56, "the same report twice", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            foreach (var status in new[] { "in_progress", "blocked", "in_progress", "pr_opened", "merged" })
            {
                var report = Report(worker, (string)lease["task_id"]!, status);
                var first = await stage.TakenAsync(report);
                Assert.Equal(first.Body, (await stage.HarmlessAsync(report)).Body);
            }
        }),
        new(56, "an idempotency key with another body, method or path", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            var key = Keyed.NewKey();
            await stage.TakenAsync(Report(worker, (string)lease["task_id"]!, "in_progress").With("Idempotency-Key", key));
            foreach (var other in new[] { Report(worker, (string)lease["task_id"]!, "pr_opened"),
                RawRequest.Post($"/v1/tasks/{lease["task_id"]}/release").As(worker.Token),
                RawRequest.Post("/v1/workers/heartbeat", """{"status":"offline"}""").As(worker.Token) })
                (await stage.RefusedAsync(other.With("Idempotency-Key", key))).MustBeProblem(422, "idempotency_mismatch");
        }),
        new(57, "steps that are skipped or go back", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            var task = (string)lease["task_id"]!;
            foreach (var (wrong, then) in new[] { ("blocked merged", "in_progress"), ("merged", "pr_opened"), ("blocked", "merged"),
                ("in_progress blocked pr_opened failed", "merged") })
            {
                foreach (var status in wrong.Split(' ')) Refused(await stage.RefusedAsync(Report(worker, task, status)), 400,
                    "wrong_phase");
                await stage.TakenAsync(Report(worker, task, then));
            }
            Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{task}/release").As(worker.Token)), 400, "wrong_phase");
        }),
        new(58, "heartbeat, report and renewal after the release", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            await stage.TakenAsync(RawRequest.Post($"/v1/tasks/{lease["task_id"]}/release", """{"retry_after_seconds":3600}""")
                .As(worker.Token));
            var heartbeat = await stage.HarmlessAsync(RawRequest.Post("/v1/workers/heartbeat").As(worker.Token));
            Assert.Equal((0, 0), (heartbeat.Json!["leases"]!.AsArray().Count, heartbeat.Json["lost"]!.AsArray().Count));
            Refused(await stage.RefusedAsync(Report(worker, (string)lease["task_id"]!, "in_progress")), 409, "lease_lost");
            Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/leases/{lease["lease_id"]}/renew").As(worker.Token)), 409, "lease_lost");
            Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{lease["task_id"]}/release").As(worker.Token)), 409, "lease_lost");
        }),
        new(58, "a flood of heartbeats", FloodAsync),
        new(59, "100 requests for work at once, where the budget has room for three", BudgetAsync),
        new(60, "one area, spelled in seven ways", stage => AreasAsync(stage, 1, "src", "src/", "SRC", "./src", "src\\", " src ",
            "././SRC//")),
        new(60, "areas that are several: nested, and of another name", stage => AreasAsync(stage, 4, "src", "src/a", "src2", "a/src")),
        new(60, "one area in two repos", async stage =>
        {
            await AreasAsync(stage, 1, "src", "SRC");
            await AreasAsync(stage, 1, "src", "SRC");
        }),
        new(60, "an area of nothing locks nothing", stage => AreasAsync(stage, 4, "", " ", ".", "./")),
        new(61, "a limit below what is handed out", LoweredLimitAsync),
        new(62, "a worker shut out while it holds a lease", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            await stage.TakenAsync(RawRequest.Post($"/v1/workers/{worker.Id}/revoke").AsAdmin());
            (await stage.RefusedAsync(Report(worker, (string)lease["task_id"]!, "in_progress"))).MustBeProblem(401, "unauthorized");
            var next = await stage.RegisterAsync($$""","skills":{{lease["required_skills"]!.ToJsonString()}}""");
            Assert.True((long)Assert.Single(await stage.LeasesAsync(next, 1))["fencing_token"]! > (long)lease["fencing_token"]!);
        }),
        new(62, "nothing can be deleted", async stage =>
        {
            foreach (var path in new[] { $"/v1/admin/repos/{stage.Repo}/pause", $"/v1/workers/{stage.Worker.Id}/revoke",
                $"/v1/admin/tasks/{stage.TaskId}/cancel" })
                (await stage.RefusedAsync(new RawRequest("DELETE", path).AsAdmin())).MustBeProblem(405, "method_not_allowed");
        }),
        new(63, "another worker of the same name", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            var twin = await stage.RegisterAsync($$""","skills":{{lease["required_skills"]!.ToJsonString()}}""");
            Assert.NotEqual(worker.Id, twin.Id);
            Refused(await stage.RefusedAsync(Report(twin, (string)lease["task_id"]!, "in_progress")), 403, "not_holder");
            Assert.Empty((await stage.HarmlessAsync(RawRequest.Post("/v1/claims").As(twin.Token))).Json!["leases"]!.AsArray());
            await stage.TakenAsync(Report(worker, (string)lease["task_id"]!, "in_progress"));
        }),
        new(64, "a client whose clock is a day ahead or behind", async stage =>
        {
            foreach (var days in new[] { -1, 1, 365 })
            {
                var date = stage.Clock.GetUtcNow().AddDays(days);
                var body = $$"""{"at":"{{date:O}}","server_time":"{{date:O}}","client_time":{{date.ToUnixTimeSeconds()}}}""";
                var answer = await stage.HarmlessAsync(RawRequest.Post("/v1/workers/heartbeat", body).As(stage.Worker.Token)
                    .With("Date", date.ToString("R")));
                Assert.Equal(stage.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"), answer.Text("server_time"));
                Assert.Equal((string?)stage.Lease["lease_expires_at"],
                    (string?)Assert.Single(answer.Json!["leases"]!.AsArray())!["lease_expires_at"]);
            }
        }),
        new(65, "a worker that was away comes back with the old token", AwayAsync),
        new(66, "a claim in a repo whose tasks ask for more trust, or that is not there", async stage =>
        {
            var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync());
            var task = await stage.Server.AddTaskAsync(repo, $$""","tier":3,"required_skills":["{{skill}}"]""");
            var worker = await stage.RegisterAsync($$""","skills":["{{skill}}"]""");
            foreach (var wanted in new[] { repo, "nobody/nowhere" })
                Assert.Empty((await stage.HarmlessAsync(RawRequest.Post("/v1/claims",
                    $$"""{"repos":["{{wanted}}"],"tier":3,"trust_tier":"maintainer"}""").As(worker.Token))).Json!["leases"]!.AsArray());
            Refused(await stage.RefusedAsync(Report(worker, task, "in_progress")), 403, "not_holder");
            Assert.Equal("trust_too_low", (string?)(await stage.HarmlessAsync(RawRequest.Get($"/v1/work/explain?task_id={task}")
                .As(worker.Token))).Json!["task"]!["reason"]);
        }),
        new(67, "a task that is done or withdrawn is put back, or withdrawn", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync();
            foreach (var status in new[] { "pr_opened", "merged" }) await stage.TakenAsync(Report(worker, (string)lease["task_id"]!,
                status));
            // By its worker's word alone it could be put back.
            await stage.TakenAsync(Override((string)lease["task_id"]!, "accept"));
            foreach (var verb in new[] { "requeue", "cancel" }) Refused(await stage.RefusedAsync(Override((string)lease["task_id"]!,
                verb)), 400, "wrong_phase");
            var other = await stage.Server.AddTaskAsync(stage.Repo, ""","required_skills":["nobody's"]""");
            await stage.TakenAsync(Override(other, "cancel"));
            Refused(await stage.RefusedAsync(Override(other, "requeue")), 400, "wrong_phase");
            await stage.HarmlessAsync(Override(other, "cancel"));
        }),
    ];

    private static async Task ExpiredAsync(Stage shared)
    {
        await using var stage = await Stage.StartAsync();
        var (worker, lease) = await stage.LeaseAsync(""","lease_ttl_seconds":30""");
        stage.Clock.Advance(TimeSpan.FromSeconds(30));
        // Whoever looks first ends it; here that is the repo's own timer.
        await Eventually.TrueInTimeAsync(stage.Clock, async () => (int)(await stage.Server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken))
            .Json!["tasks_ready"]! == 1, "the lease ends");
        // And its worker hears of it, up to a second later.
        await Eventually.TrueInTimeAsync(stage.Clock, async () => (await stage.Server.RowsAsync(
            $"SELECT type FROM pool_events WHERE target = '{worker.Id}' AND type = 'worker.reputation_changed'")).Count == 1, "it is counted");
        var (task, id) = ((string)lease["task_id"]!, (string)lease["lease_id"]!);
        foreach (var status in new[] { "in_progress", "pr_opened", "merged" })
            Refused(await stage.RefusedAsync(Report(worker, task, status, id, (long)lease["fencing_token"]!)), 409, "lease_lost");
        Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/leases/{id}/renew").As(worker.Token)), 409, "lease_lost");
        Refused(await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{task}/release").As(worker.Token)), 409, "lease_lost");
    }

    private static async Task FloodAsync(Stage shared)
    {
        await using var stage = await Stage.StartAsync(("OwpPool__RateLimits__WindowSeconds", "3600"),
            ("OwpPool__RateLimits__TokenRequests", "1"),
            ("OwpPool__RateLimits__TokenBurst", "1000"));
        var statuses = new List<int>();
        await stage.UnchangedAsync(async () =>
        {
            for (var i = 0; i < 1_100; i++) statuses.Add((await stage.Server.PostAsync("/v1/workers/heartbeat", "{}", stage.Other.Token))
                .Status);
        });
        Assert.Equal((1_000, 100), (statuses.Count(status => status == 200), statuses.Count(status => status == 429)));
        var refused = Assert.Single(await stage.KeptAsync([RawRequest.Post("/v1/workers/heartbeat").As(stage.Other.Token)
            .ToBytes(stage.Server.Address)]));
        Assert.Matches("^[1-9]", refused.MustBeProblem(429, "rate_limited").Headers["Retry-After"]);
        await stage.HarmlessAsync(RawRequest.Post("/v1/workers/heartbeat").As(stage.Worker.Token));
    }

    private static async Task BudgetAsync(Stage stage)
    {
        var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync(""","max_open_prs":3"""));
        for (var i = 0; i < 30; i++) await stage.Server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var workers = new List<Actor>();
        var fields = $$""","skills":["{{skill}}"],"capacity_points":100,"max_concurrent_tasks":20""";
        for (var i = 0; i < 20; i++) workers.Add(await stage.RegisterAsync(fields));
        stage.Clock.Advance(TimeSpan.FromMilliseconds(100));
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => stage.Server.GetAsync("/v1/work",
            workers[i % workers.Count].Token)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        var held = answers.SelectMany(answer => answer.Json!["leases"]!.AsArray()).Select(lease => (string)lease!["lease_id"]!).Distinct();
        Assert.Equal(3, held.Count());
        Assert.Equal(3, await ReservedAsync(stage, repo));
        await stage.CheckAsync(answers);
    }

    private static async Task AreasAsync(Stage stage, int room, params string[] areas)
    {
        var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync(""","max_open_prs":20"""));
        foreach (var area in areas)
            await stage.Server.AddTaskAsync(repo,
                $$""","required_skills":["{{skill}}"],"area":{{System.Text.Json.JsonSerializer.Serialize(area)}}""");
        var worker = await stage.RegisterAsync($$""","skills":["{{skill}}"],"capacity_points":100,"max_concurrent_tasks":20""");
        await stage.LeasesAsync(worker, room);
        stage.Clock.Advance(TimeSpan.FromMilliseconds(100));
        await stage.HarmlessAsync(RawRequest.Get("/v1/work").As(worker.Token));
        Assert.Equal(room, await ReservedAsync(stage, repo));
    }

    private static async Task LoweredLimitAsync(Stage stage)
    {
        var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync(""","max_open_prs":3"""));
        for (var i = 0; i < 5; i++) await stage.Server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var worker = await stage.RegisterAsync($$""","skills":["{{skill}}"],"max_concurrent_tasks":20""");
        var leases = await stage.LeasesAsync(worker, 3);
        foreach (var limit in new[] { 1, 0 })
        {
            await stage.TakenAsync(RawRequest.Post("/v1/admin/repos", $$"""{"repo":"{{repo}}","max_open_prs":{{limit}}}""").AsAdmin(), 201);
            Assert.Equal(3, await ReservedAsync(stage, repo));
            Assert.Equal(3, (await stage.HarmlessAsync(RawRequest.Get("/v1/work").As(worker.Token))).Json!["leases"]!.AsArray().Count);
        }
        await stage.TakenAsync(RawRequest.Post("/v1/admin/repos", $$"""{"repo":"{{repo}}","max_open_prs":1}""").AsAdmin(), 201);
        foreach (var lease in leases)
        {
            // What was handed out goes on, and as long as the limit is passed nothing new comes.
            Assert.InRange(await ReservedAsync(stage, repo), 1, 3);
            foreach (var status in new[] { "in_progress", "pr_opened", "merged" }) await stage.TakenAsync(Report(worker,
                (string)lease["task_id"]!, status));
        }
        stage.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Single(await stage.LeasesAsync(worker, 1));
        Assert.Equal(1, await ReservedAsync(stage, repo));
    }

    private static async Task AwayAsync(Stage stage)
    {
        var (worker, lease) = await stage.LeaseAsync();
        var (task, id, token) = ((string)lease["task_id"]!, (string)lease["lease_id"]!, (long)lease["fencing_token"]!);
        await stage.TakenAsync(RawRequest.Post("/v1/workers/heartbeat", """{"status":"offline"}""").As(worker.Token));
        var next = await stage.RegisterAsync($$""","skills":{{lease["required_skills"]!.ToJsonString()}}""");
        Assert.Equal(task, (string?)Assert.Single(await stage.LeasesAsync(next, 1))["task_id"]);
        await stage.TakenAsync(RawRequest.Post("/v1/workers/heartbeat").As(worker.Token));
        Refused(await stage.RefusedAsync(Report(worker, task, "in_progress", id, token)), 409, "lease_lost");
        await stage.TakenAsync(RawRequest.Post($"/v1/tasks/{task}/release").As(next.Token));
        await stage.TakenAsync(RawRequest.Post("/v1/workers/heartbeat", """{"status":"paused"}""").As(next.Token));
        // The same task again for the same worker is another lease: the old token is stale still.
        Assert.True((long)Assert.Single(await stage.LeasesAsync(worker, 1))["fencing_token"]! > token);
        Refused(await stage.RefusedAsync(Report(worker, task, "in_progress", id, token)), 409, "stale_token");
    }

    private static RawRequest Report(Actor worker, string taskId, string status, string? leaseId = null, long? token = null)
    {
        var body = new JsonObject { ["status"] = status };
        if (leaseId is not null) body["lease_id"] = leaseId;
        if (token is not null) body["fencing_token"] = token;
        return RawRequest.Post($"/v1/tasks/{taskId}/status", body.ToJsonString()).As(worker.Token);
    }

    private static RawRequest Override(string taskId, string verb) => RawRequest.Post($"/v1/admin/tasks/{taskId}/{verb}",
        """{"reason":"x"}""").AsAdmin();

    internal static async Task<int> ReservedAsync(Stage stage, string repo)
    {
        var state = await stage.Server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken);
        return (int)Assert.Single(state.Json!["repositories"]!.AsArray(), item => (string)item!["repo"]! == repo)!["reserved"]!;
    }

    private static void Refused(Answer answer, int status, string reason)
    {
        answer.MustBeProblem(status, status switch { 400 => "validation_error", 403 => "forbidden", _ => "conflict" });
        Assert.Equal(reason, (string?)answer.Json!["details"]!["reason"]);
    }
}
