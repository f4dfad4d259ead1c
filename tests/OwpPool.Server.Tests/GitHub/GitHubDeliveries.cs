using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>Deliveries as GitHub sends them, and what became of tasks.</summary>
public static class GitHubDeliveries
{
    public const string Secret = "8f2b1c07d9e64a53b0c7f1e2d3a4b5c6";

    public static string Sign(string body, string secret = Secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

    /// <summary>Sends a delivery; signed rightly unless another signature is given.</summary>
    public static Task<Answer> DeliverAsync(
        this TestServer server, string @event, string body, string? deliveryId = null, string? signature = null, string media =
            "application/json") =>
        server.SendAsync(HttpMethod.Post, "/webhooks/github", new ByteArrayContent(Encoding.UTF8.GetBytes(body))
        {
            Headers = { ContentType = MediaTypeHeaderValue.Parse(media) },
        }, with: request =>
        {
            if (signature != "") request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature ?? Sign(body));
            if (deliveryId != "") request.Headers.TryAddWithoutValidation("X-GitHub-Delivery", deliveryId ?? Guid.NewGuid().ToString());
            if (@event != "") request.Headers.TryAddWithoutValidation("X-GitHub-Event", @event);
        });

    /// <summary>Sends a delivery that must be taken, and waits until it had its effect.</summary>
    public static async Task<string> MustDeliverAsync(this TestServer server, string @event, string body, string? deliveryId = null)
    {
        var answer = await server.DeliverAsync(@event, body, deliveryId);
        Assert.Equal(202, answer.Status);
        var id = answer.Text("delivery_id");
        var outcome = "";
        await Eventually.TrueAsync(async () =>
        {
            var row = (await server.RowsAsync(
                $"SELECT state || ' ' || COALESCE(outcome, '') FROM github_deliveries WHERE delivery_id = '{id}'"))[0];
            outcome = row[(row.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            return row.StartsWith("done", StringComparison.Ordinal);
        }, "the delivery is done");
        return outcome;
    }

    /// <summary>The first column of a query.</summary>
    public static async Task<IReadOnlyList<string>> RowsAsync(this TestServer server, string sql)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.IsDBNull(0) ? "" : reader.GetValue(0).ToString()!);
        return rows;
    }

    public static async Task<string> PhaseAsync(this TestServer server, string taskId) =>
        Assert.Single(await server.RowsAsync($"SELECT phase FROM pool_tasks WHERE task_id = '{taskId}'"));

    /// <summary>Details of the task's events of a type, oldest first.</summary>
    public static async Task<JsonNode[]> EventsAsync(this TestServer server, string taskId, string type) =>
        [.. (await server.RowsAsync($"SELECT details FROM pool_events WHERE target = '{taskId}' AND type = '{type}' ORDER BY seq"))
            .Select(details => JsonNode.Parse(details)!)];

    /// <summary>The holder says that the pull request waits for review.</summary>
    public static Task<Answer> ReportAsync(this TestServer server, Held held, string? prUrl = null) => server.PostAsync(
        $"/v1/tasks/{held.TaskId}/status", $$"""{"status":"pr_opened","pr_url":"{{prUrl ?? held.Pull.Url}}"}""", held.Token);

    /// <summary>A new worker with a handle, holding a new task in a new repo.</summary>
    public static async Task<Held> HoldAsync(this TestServer server, string? handle = "ada", string repoFields = "",
        string workerFields = "", string taskFields = "")
    {
        var skill = Path.GetRandomFileName();
        var repo = await server.AddRepoAsync(repoFields);
        var (id, token) = await server.RegisterAsync(
            $$""","skills":["{{skill}}"]{{(handle is null ? "" : $",\"github_handle\":\"{handle}\"")}}{{workerFields}}""");
        var task = await server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]{{taskFields}}""");
        Assert.Single((await server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        return new Held(repo, task, id, token);
    }
}

/// <summary>A task, and the worker that holds it.</summary>
public sealed record Held(string Repo, string TaskId, string WorkerId, string Token)
{
    public FakePull Pull { get; } = new(Repo, 7);

    public FakePull Named => Pull with { Body = $"Mends it.\n\nowp: {TaskId}\n" };
}
