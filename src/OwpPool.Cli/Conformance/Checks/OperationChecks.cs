using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>GitHub and what operators ask (protocol §3).</summary>
internal static class OperationChecks
{
    public static Section All => new("§3 GitHub and operation")
    {
        { "github.sync", Level.Pool, "A repo can be followed read-only: the answer has the webhook's address and what is granted.",
            async stage =>
        {
            var answer = (await stage.Admin.PostAsync($"/v1/github/repos/{stage.Repo}/sync",
                new JsonObject { ["sync_type"] = "read_only" })).Is(200);
            answer.Must(answer.Text("webhook_url").EndsWith("/webhooks/github", StringComparison.Ordinal),
                "the address of /webhooks/github");
            answer.Items("permissions_granted");
        } },
        { "github.sync-words", Level.Pool, "sync_type is read_only or bidirectional; another is 400.", async stage =>
            (await stage.Admin.PostAsync($"/v1/github/repos/{stage.Repo}/sync", new JsonObject { ["sync_type"] = "both" }))
                .Rejects("sync_type") },
        { "github.sync-unknown", Level.Pool, "A repo that is not there is 404.", async stage =>
            (await stage.Admin.PostAsync("/v1/github/repos/conformance/none-such/sync", new JsonObject { ["sync_type"] = "read_only" }))
                .IsProblem(404, "not_found") },
        { "github.webhook-unsigned", Level.Pool, "A delivery without a right signature is refused.", UnsignedAsync },
        { "github.webhook-merges", Level.Pool, "A signed delivery of a merge is 202 and merges the task.", _ =>
            throw new CheckSkippedException("it takes the secret that the server shares with GitHub") },
        { "ops.livez", Level.Pool, "/livez says that the process runs.", stage => SaysAsync(stage, "/livez") },
        { "ops.readyz", Level.Pool, "/readyz says that requests can be served.", stage => SaysAsync(stage, "/readyz") },
        { "ops.health", Level.Pool, "/healthz and /health are there for older probes.", async stage =>
        {
            await SaysAsync(stage, "/healthz");
            await SaysAsync(stage, "/health");
        } },
        { "ops.version", Level.Pool, "/version names program and version.", async stage =>
            (await stage.Nobody.GetAsync("/version")).Is(200)
                .Must((await stage.Nobody.GetAsync("/version")).Text("version").Length > 0, "a version") },
        { "ops.root", Level.Pool, "GET /v1 says where to begin.", stage => SaysAsync(stage, "/v1") },
        { "ops.metrics", Level.Pool, "/metrics is Prometheus text.", async stage =>
        {
            var answer = (await stage.Admin.GetAsync("/metrics")).Is(200);
            answer.Must(answer.MediaType is "text/plain" or "application/openmetrics-text", "Prometheus' text format");
            answer.Must(answer.Body.Contains("# TYPE ", StringComparison.Ordinal), "lines of '# TYPE'");
        } },
    };

    private static async Task SaysAsync(Stage stage, string path)
    {
        var answer = (await stage.Nobody.GetAsync(path)).Is(200);
        answer.Must(answer.Json is not null, "JSON");
    }

    private static async Task UnsignedAsync(Stage stage)
    {
        foreach (var headers in new (string, string)[][]
        {
            [], [("X-Hub-Signature-256", $"sha256={new string('0', 64)}")], [("X-Hub-Signature", $"sha1={new string('0', 40)}")],
        })
        {
            var call = new Call(HttpMethod.Post, "/webhooks/github")
            {
                Body = Call.Encode(new JsonObject { ["action"] = "closed" }),
                Headers = [("X-GitHub-Event", "pull_request"), ("X-GitHub-Delivery", Guid.NewGuid().ToString()), .. headers],
            };
            (await stage.Nobody.SendAsync(call)).IsRefused();
        }
    }
}
