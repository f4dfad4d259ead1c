using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance;

/// <summary>Who sends requests, with what opens doors to it.</summary>
internal class Caller(Stage stage, string who, params (string Name, string Value)[] credentials)
{
    protected Stage Stage => stage;

    public Task<WireAnswer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(new Call(HttpMethod.Get, path) { Headers = headers });

    public Task<WireAnswer> PostAsync(string path, JsonNode? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(new Call(HttpMethod.Post, path) { Body = Call.Encode(body ?? new JsonObject()), Headers = headers });

    public Task<WireAnswer> PatchAsync(string path, JsonNode body, params (string Name, string Value)[] headers) =>
        SendAsync(new Call(HttpMethod.Patch, path) { Body = Call.Encode(body), Headers = headers });

    /// <summary>A POST whose body is this text, of this type.</summary>
    public Task<WireAnswer> PostTextAsync(string path, string body, string? contentType = "application/json") =>
        SendAsync(new Call(HttpMethod.Post, path) { Body = Encoding.UTF8.GetBytes(body), ContentType = contentType });

    public Task<WireAnswer> SendAsync(Call call) => stage.SendAsync(Signed(call));

    /// <summary>As the other, also when the run was told to stop.</summary>
    public Task<WireAnswer> SendAsync(Call call, CancellationToken ct) => stage.SendAsync(Signed(call), ct);

    public Task<EventStream> FollowAsync(string path, params (string Name, string Value)[] headers) =>
        stage.FollowAsync(Signed(new Call(HttpMethod.Get, path) { Headers = [("Accept", "text/event-stream"), .. headers] }));

    private Call Signed(Call call) => call with { Who = who, Headers = [.. credentials, .. call.Headers] };
}

/// <summary>A worker of a check.</summary>
internal sealed class Worker(Stage stage, string id, string token)
    : Caller(stage, $"worker {id}", ("Authorization", $"Bearer {token}"))
{
    public string Id => id;

    public string Token => token;

    /// <summary>Asks for work in the check's repo.</summary>
    /// <returns>The leases that it holds there.</returns>
    public async Task<IReadOnlyList<Lease>> AskAsync(int? max = null, int wait = 0) => (await AskForAnswerAsync(max, wait)).Leases;

    /// <summary>As <see cref="AskAsync"/>, with the answer that the leases come from.</summary>
    public Task<(WireAnswer Answer, IReadOnlyList<Lease> Leases)> AskForAnswerAsync(int? max = null, int wait = 0) =>
        Stage.AskAsync(this, max, wait);

    /// <summary>Reports on a task, under a lease if one is given.</summary>
    public Task<WireAnswer> ReportAsync(string taskId, string status, JsonObject? more = null)
    {
        var body = more ?? [];
        body["status"] = status;
        return PostAsync($"/v1/tasks/{taskId}/status", body);
    }

    public Task<WireAnswer> HeartbeatAsync(string status = "working") =>
        PostAsync("/v1/workers/heartbeat", new JsonObject { ["status"] = status });

    public Task<WireAnswer> ReleaseAsync(string taskId) =>
        PostAsync($"/v1/tasks/{taskId}/release", new JsonObject { ["reason"] = "conformance" });

    /// <summary>Takes a task through these reports, all of which must be taken.</summary>
    public async Task<WireAnswer> TakeAsync(string taskId, params string[] statuses)
    {
        WireAnswer? last = null;
        foreach (var status in statuses)
        {
            var artifact = status == "pr_opened" ? new JsonObject { ["artifact"] = new JsonObject { ["pr_url"] = Stage.NewPullRequest() } }
                : null;
            last = (await ReportAsync(taskId, status, artifact)).Is(200);
        }
        return last!;
    }

    /// <summary>The wait of a long poll, in seconds, as a query.</summary>
    public Task<WireAnswer> PollAsync(int seconds) => SendAsync(
        new Call(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/work?wait_seconds={seconds}"))
        {
            Wait = TimeSpan.FromSeconds(seconds),
        });
}
