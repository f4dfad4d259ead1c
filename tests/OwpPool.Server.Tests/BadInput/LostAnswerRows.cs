using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>89 and 90: requests whose answer nobody reads. What was done is done once, and asking again finds it.</summary>
public static class LostAnswerRows
{
    public static IEnumerable<BadInput> All { get; } =
    [
        new(89, "clients that ask for work and leave", async stage =>
        {
            var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync());
            var worker = await stage.RegisterAsync($$""","skills":["{{skill}}"],"max_concurrent_tasks":1""");
            await stage.Server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
            await stage.Server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
            foreach (var request in Enumerable.Range(0, 40).Select(i => i % 2 == 0
                ? RawRequest.Get("/v1/work") : RawRequest.Post("/v1/claims")))
            {
                await RawHttp.SendAndLeaveAsync(stage.Server.Address, request.As(worker.Token).ToBytes(stage.Server.Address));
                stage.Clock.Advance(TimeSpan.FromMilliseconds(1));
            }
            var lease = Assert.Single(await stage.LeasesAsync(worker, 1));
            var again = await stage.HarmlessAsync(RawRequest.Get("/v1/work").As(worker.Token));
            Assert.Equal((string?)lease["lease_id"], (string?)Assert.Single(again.Json!["leases"]!.AsArray())!["lease_id"]);
        }),
        new(89, "a client that was given a lease and leaves before it reads of it", async stage =>
        {
            var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync());
            var worker = await stage.RegisterAsync($$""","skills":["{{skill}}"]""");
            await stage.Server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
            stage.Clock.Advance(TimeSpan.FromMilliseconds(100));
            var ask = RawRequest.Get("/v1/work?wait_seconds=60").As(worker.Token);
            await RawHttp.SendAndLeaveAsync(stage.Server.Address, ask.ToBytes(stage.Server.Address),
                () => Eventually.TrueAsync(async () => await LeaseRows.ReservedAsync(stage, repo) == 1, "the lease is granted"));
            var lease = Assert.Single((await stage.HarmlessAsync(RawRequest.Get("/v1/work").As(worker.Token))).Json!["leases"]!.AsArray())!;
            Assert.Equal((1, 1L), ((int)lease["attempt"]!, (long)lease["fencing_token"]!));
        }),
        new(89, "a client that leaves its long poll before the work comes", async stage =>
        {
            var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync());
            var worker = await stage.RegisterAsync($$""","skills":["{{skill}}"]""");
            var waiters = stage.Server.Get<OwpPool.Server.Workers.WorkWaiters>();
            using (var leave = new CancellationTokenSource())
            {
                var poll = stage.Server.GetAsync("/v1/work?wait_seconds=60", worker.Token, cancellationToken: leave.Token);
                await Eventually.TrueAsync(() => waiters.CountOf(worker.Id) == 1, "it waits");
                await leave.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
            }
            await Eventually.TrueAsync(() => waiters.CountOf(worker.Id) == 0, "it waits no more");
            var task = await stage.Server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
            Assert.Equal(task, (string?)Assert.Single(await stage.LeasesAsync(worker, 1))["task_id"]);
            await stage.CheckAsync([]);
        }),
        new(89, "clients that leave in mid-body", stage => stage.UnchangedAsync(async () =>
        {
            foreach (var operation in JsonRows.Bodies(stage))
            {
                var whole = JsonRows.Caller(stage, operation, operation.Request()).ToBytes(stage.Server.Address);
                await RawHttp.SendAndLeaveAsync(stage.Server.Address, whole[..^1]);
                await stage.CheckAsync([]);
            }
        })),
        new(90, "SIGTERM among requests with keys, which are sent again", TerminatedAsync),
    ];

    private static async Task TerminatedAsync(Stage shared)
    {
        const int requests = 300;
        var folder = Directory.CreateTempSubdirectory("owp-term-");
        var (database, port) = (Path.Combine(folder.FullName, "pool.db"), TestPorts.Take());
        var assembly = typeof(LostAnswerRows).Assembly;
        var first = new string?[requests];
        await using (var server = await ServerProcess.StartAsync(assembly, database, port))
        {
            using var admin = server.Admin();
            Assert.NotNull(await PostAsync(admin, "/v1/admin/repos", """{"repo":"acme/shop"}""", "repo"));
            var answered = 0;
            var load = Task.WhenAll(Enumerable.Range(0, requests).Select(async i =>
            {
                if ((first[i] = await PostAsync(admin, "/v1/admin/tasks", TaskOf(i),
                    $"task-{i}")) is not null) Interlocked.Increment(ref answered);
            }));
            await Eventually.TrueAsync(() => answered >= requests / 10, "some are answered");
            Assert.Equal(0, await server.TerminateAsync());
            await load;
            Assert.DoesNotContain("\"LogLevel\":\"Error\"", server.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain(ServerProcess.AdminToken, server.Errors, StringComparison.Ordinal);
        }
        await using (var server = await ServerProcess.StartAsync(assembly, database, port))
        {
            using var admin = server.Admin();
            for (var i = 0; i < requests; i++)
            {
                var again = await PostAsync(admin, "/v1/admin/tasks", TaskOf(i), $"task-{i}");
                Assert.NotNull(again);
                if (first[i] is { } answer) Assert.Equal(answer, again);
            }
            var state = JsonNode.Parse(await admin.GetStringAsync(new Uri("/v1/admin/state", UriKind.Relative)))!;
            Assert.Equal(requests, (int)state["tasks_ready"]!);
            Assert.Equal(0, await server.TerminateAsync());
        }
        folder.Delete(recursive: true);

        static string TaskOf(int i) => $$"""{"repo":"acme/shop","title":"Task {{i}}"}""";
    }

    /// <summary>The body of a success; null if the server stopped before it answered, or said that it stops.</summary>
    private static async Task<string?> PostAsync(HttpClient client, string path, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, null, "application/json") };
        request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var answer = await client.SendAsync(request);
            if ((int)answer.StatusCode is 503) return null;
            Assert.Equal(201, (int)answer.StatusCode);
            return await answer.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
