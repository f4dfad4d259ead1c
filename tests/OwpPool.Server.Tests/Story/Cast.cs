using System.Text.Json.Nodes;
using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Story;

/// <summary>The maintainers of a story, and whom they have.</summary>
internal sealed class Cast(TestServer server)
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public FakePull Pull(int number, string author) => new("acme/shop", number) { Author = author };

    public Task AddRepoAsync(string repo, string fields) => AdminAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"{{fields}}}""", 201);

    public async Task<string> AddTaskAsync(string repo, string title, string fields) =>
        (string)(await AdminAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"{{title}}"{{fields}}}""", 201))["task_id"]!;

    public async Task<Person> HireAsync(string name, string skill)
    {
        var answer = await server.PostAsync("/v1/workers/register", $$"""{"name":"{{name}}","github_handle":"{{name}}","skills":["{{skill}}"]}""");
        Assert.Equal(201, answer.Status);
        _names.Add(answer.Text("worker_id"), name);
        return new Person(server, name, answer.Text("token"));
    }

    public async Task<JsonNode> AdminAsync(string path, string body, int status = 200)
    {
        var answer = await server.PostAsync(path, body, admin: TestServer.AdminToken);
        Assert.Equal(status, answer.Status);
        return answer.Json!;
    }

    public async Task<JsonNode> AdminGetAsync(string path)
    {
        var answer = await server.GetAsync(path, admin: TestServer.AdminToken);
        Assert.Equal(200, answer.Status);
        return answer.Json!;
    }

    /// <summary>Each task's ways from phase to phase, and who moved it, as the audit log has them.</summary>
    public async Task<IReadOnlyList<string>> TellAsync((string Title, string TaskId)[] tasks)
    {
        var lines = new List<string>();
        foreach (var (title, taskId) in tasks)
        {
            var events = (await AdminGetAsync($"/v1/audit/events?target={taskId}&limit=1000"))["events"]!.AsArray()
                .OrderBy(item => long.Parse(((string)item!["id"]!)[2..]))
                .Where(item => item!["details"]!["phase_before"] is not null)
                .Select(item => $"{item!["details"]!["phase"]} {Name((string)item["actor"]!)}");
            lines.Add($"{title,-10}{string.Join(" > ", events)}");
        }
        return lines;
    }

    private string Name(string actor) => _names.GetValueOrDefault(actor, actor);
}

/// <summary>A worker of a story.</summary>
internal sealed class Person(TestServer server, string name, string token)
{
    public string Name => name;

    public async Task<JsonNode> GetAsync(string path) => (await server.GetAsync(path, token)).Json!;

    public async Task PostAsync(string path, string body, int status = 200) =>
        Assert.Equal(status, (await server.PostAsync(path, body, token)).Status);

    public async Task<JsonNode[]> OffersAsync() =>
        [.. (await server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]!.AsArray().Select(offer => offer!)];

    /// <summary>The ids of all tasks that it holds.</summary>
    public async Task<string[]> ClaimAsync() =>
        [.. (await server.PostAsync("/v1/claims", "{}", token)).Json!["leases"]!.AsArray().Select(lease => (string)lease!["task_id"]!)];

    public Task ReportAsync(string taskId, string status, string? prUrl = null) =>
        PostAsync($"/v1/tasks/{taskId}/status", prUrl is null ? $$"""{"status":"{{status}}"}""" : $$"""{"status":"{{status}}","pr_url":"{{prUrl}}"}""");
}
