using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.OpenApi;

/// <summary>What one operation needs to succeed: a worker of its own with a leased task, and another task on offer.</summary>
public sealed record WalkScene(TestServer Server, string WorkerId, string Token, string Repo, string TaskId, string LeaseId, string OfferId)
{
    private string _webhookId = "h_nobodyknows";
    private string _inviteId = "i_nobodyknows";

    private const string Maintainer = "walker";

    /// <summary>Operations that ask for more than the least body and the ids of the scene; each is given its request.</summary>
    private static readonly Dictionary<string, Func<WalkScene, ApiOperation, RawRequest>> Special = new(StringComparer.Ordinal)
    {
        ["createTask"] = (scene, operation) => scene.Call(operation, operation.SampleBody("repo", scene.Repo)),
        ["createTasks"] = (scene, operation) => scene.Call(operation,
            new JsonObject { ["tasks"] = new JsonArray(new JsonObject { ["repo"] = scene.Repo, ["title"] = "one of many" }) }),
        ["importTasks"] = (scene, operation) => RawRequest.Post($"{operation.Path}?repo={scene.Repo}", "- title: from a file"u8.ToArray())
            .WithType("text/yaml"),
        ["bulkTasks"] = (scene, operation) => scene.Call(operation, new JsonObject
        {
            ["act"] = "requeue", ["task_ids"] = new JsonArray(scene.TaskId), ["reason"] = "one of many",
        }),
        ["editTask"] = (scene, operation) => scene.Call(operation, new JsonObject { ["priority"] = 77 }).With("If-Match", "*"),
        ["moveTask"] = (scene, operation) => scene.Call(operation, new JsonObject { ["position"] = "front" }),
        ["receiveGitHubWebhook"] = (_, operation) => RawRequest.Post(operation.Path).With("X-GitHub-Event", "ping")
            .With("X-GitHub-Delivery", Guid.NewGuid().ToString()).With("X-Hub-Signature-256", GitHubDeliveries.Sign("{}")),
    };

    /// <summary>Operations whose success needs more of the world than a pool; the tests of their own have it.</summary>
    public static IReadOnlySet<string> Elsewhere { get; } = new HashSet<string>(StringComparer.Ordinal) { "redeliver" };

    /// <summary>Operations that find only what another made before.</summary>
    private static readonly Dictionary<string, Func<WalkScene, Task>> Before = new(StringComparer.Ordinal)
    {
        ["moveTask"] = scene => scene.ActAsync("requeue", """{"reason":"to be moved"}"""),
        ["revokeToken"] = async scene => await scene.Server.PostAsync(
            "/v1/admin/tokens", $$"""{"name":"{{Maintainer}}","role":"viewer"}""", admin: TestServer.AdminToken),
        ["acceptTask"] = UnderReviewAsync,
        ["rejectTask"] = UnderReviewAsync,
        ["getGitHubSync"] = async scene => Assert.Equal(200, (await scene.Server.PostAsync(
            $"/v1/github/repos/{scene.Repo}/sync", """{"sync_type":"read_only"}""", admin: TestServer.AdminToken)).Status),
    };

    public static async Task<WalkScene> MakeAsync(TestServer server)
    {
        var skill = Path.GetRandomFileName();
        var repo = await server.AddRepoAsync();
        var (id, token) = await server.RegisterAsync($$""","skills":["{{skill}}"]""");
        foreach (var title in new[] { "held", "offered" }) await server.AddTaskAsync(repo,
            $$""","required_skills":["{{skill}}"],"external_id":"{{title}}" """);
        var lease = Assert.Single((await server.PostAsync("/v1/claims", """{"max":1}""", token)).Json!["leases"]!.AsArray())!;
        var offer = Assert.Single((await server.PostAsync("/v1/work/offers", """{"max":1}""", token)).Json!["offers"]!.AsArray())!;
        return new WalkScene(server, id, token, repo, (string)lease["task_id"]!, (string)lease["lease_id"]!, (string)offer["offer_id"]!);
    }

    /// <summary>Makes what the operation is to find.</summary>
    public async Task PrepareAsync(ApiOperation operation)
    {
        if (Before.TryGetValue(operation.Id, out var before)) await before(this);
        if (operation.Path.Contains("/invites/{", StringComparison.Ordinal))
            _inviteId = (await Server.PostAsync("/v1/admin/invites", "", admin: TestServer.AdminToken)).Text("invite_id");
        if (!operation.Path.Contains("/webhooks/{", StringComparison.Ordinal)) return;
        var body = """{"url":"https://receiver.invalid/owp"}""";
        _webhookId = (await Server.PostAsync("/v1/admin/webhooks", body, admin: TestServer.AdminToken)).Text("webhook_id");
    }

    /// <summary>Ends what would keep the next scene from being made.</summary>
    public async Task TidyAsync(ApiOperation operation)
    {
        if (operation.Id == "pausePool") Assert.Equal(200, (await Server.PostAsync("/v1/admin/resume", "", admin: TestServer.AdminToken)).Status);
    }

    private static async Task UnderReviewAsync(WalkScene scene)
    {
        foreach (var status in new[] { "in_progress", "pr_opened" })
        {
            var report = $$"""{"status":"{{status}}"}""";
            Assert.Equal(200, (await scene.Server.PostAsync($"/v1/tasks/{scene.TaskId}/status", report, scene.Token)).Status);
        }
    }

    private async Task ActAsync(string verb, string body) =>
        Assert.Equal(200, (await Server.PostAsync($"/v1/admin/tasks/{TaskId}/{verb}", body, admin: TestServer.AdminToken)).Status);

    /// <summary>A request that must succeed.</summary>
    public RawRequest Success(ApiOperation operation) =>
        Special.TryGetValue(operation.Id, out var special) ? special(this, operation) : Call(operation, operation.SampleBody());

    /// <summary>The request with what opens the operation.</summary>
    public RawRequest Open(ApiOperation operation, RawRequest request) =>
        operation.Schemes.Contains(ApiOperation.Admin) ? request.AsAdmin() : operation.Schemes.Count > 0 ? request.As(Token) : request;

    private RawRequest Call(ApiOperation operation, JsonObject body)
    {
        var parts = operation.Path.Split('/');
        for (var i = 1; i < parts.Length; i++)
        {
            if (!parts[i].StartsWith('{')) continue;
            parts[i] = (parts[i], parts[i - 1]) switch
            {
                (_, "workers") => WorkerId,
                (_, "tasks") => TaskId,
                (_, "leases") => LeaseId,
                (_, "offers") => OfferId,
                (_, "webhooks") => _webhookId,
                (_, "invites") => _inviteId,
                (_, "tokens") => Maintainer,
                ("{seq}", _) => "1",
                ("{owner}", _) => Repo.Split('/')[0],
                (_, "{owner}") => Repo.Split('/')[1],
                _ when operation.Path.Contains("{owner}", StringComparison.Ordinal) => Repo.Split('/')[1],
                _ => Repo.Replace("/", "%2F", StringComparison.Ordinal),
            };
        }
        var path = string.Join('/', parts);
        return operation.Body is null
            ? new RawRequest(operation.Method, path)
            : RawRequest.Post(path, Encoding.UTF8.GetBytes(body.ToJsonString())) with { Method = operation.Method };
    }
}
