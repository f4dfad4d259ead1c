using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>68, 70 and 88: pull requests, and who may speak of them.</summary>
public static class WebhookRows
{
    private const string Body = """{"zen":"x"}""";

    public static IEnumerable<BadInput> All { get; } =
    [
        new(68, "merged, of a pull request that nobody knows", stage => stage.UnchangedAsync(async () =>
        {
            var pull = new FakePull("nobody/nowhere", 7).Close(merged: true);
            for (var i = 0; i < 2; i++) await stage.Server.MustDeliverAsync("pull_request", pull.Event("closed"));
            await stage.CheckAsync([]);
        })),
        new(68, "merged twice, by one delivery and by two", async stage =>
        {
            var held = await HoldAsync(stage);
            await stage.Server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
            var merged = held.Named.Close(merged: true).Event("closed");
            await stage.Server.MustDeliverAsync("pull_request", merged, "d-merged");
            Assert.Equal("merged", await stage.Server.PhaseAsync(held.TaskId));
            await stage.UnchangedAsync(async () =>
            {
                Assert.Equal("duplicate", (await stage.Server.DeliverAsync("pull_request", merged, "d-merged")).Text("result"));
                await stage.Server.MustDeliverAsync("pull_request", merged, "d-merged-again");
                await stage.Server.MustDeliverAsync("pull_request", held.Named.Event("opened"), "d-opened-late");
            });
            await stage.CheckAsync([]);
        }),
        new(68, "closed before it was opened", async stage =>
        {
            var held = await HoldAsync(stage);
            // The first delivery of a repo tells its id on GitHub.
            await stage.Server.MustDeliverAsync("pull_request", new FakePull(held.Repo, 9_999).Event("opened"));
            await stage.UnchangedAsync(async () =>
            {
                await stage.Server.MustDeliverAsync("pull_request", held.Pull.Close(merged: false).Event("closed"));
                await stage.Server.MustDeliverAsync("pull_request", held.Pull.Event("opened"));
            });
            Assert.Equal("leased", await stage.Server.PhaseAsync(held.TaskId));
            await stage.CheckAsync([]);
        }),
        new(70, "one pull request for two tasks, however it is spelled", async stage =>
        {
            var first = await HoldAsync(stage);
            var second = await HoldAsync(stage, $$""","pr_repos":["{{first.Repo}}"]""");
            await stage.TakenAsync(Report(first, first.Pull.Url));
            foreach (var url in new[] { first.Pull.Url, first.Pull.Url.ToUpperInvariant()
                .Replace("HTTPS", "https", StringComparison.Ordinal),
                first.Pull.Url + "/", first.Pull.Url + "/files", first.Pull.Url + "?a=b#c",
                    first.Pull.Url.Replace("/pull/", "/x/../pull/", StringComparison.Ordinal) })
            {
                var answer = (await stage.RefusedAsync(Report(second, url))).MustBeProblem(409, "conflict");
                Assert.Equal("already_exists", (string?)answer.Json!["details"]!["reason"]);
            }
        }),
        new(70, "a pull request of another repo, merged there, merges nothing here", async stage =>
        {
            var held = await HoldAsync(stage, ""","merge_authority":"github" """);
            var foreign = new FakePull("somebody/elses", 1) { Body = $"owp: {held.TaskId}" };
            (await stage.RefusedAsync(Report(held, foreign.Url))).MustReject("pr_url");
            await stage.UnchangedAsync(() => stage.Server.MustDeliverAsync("pull_request", foreign.Close(merged: true).Event("closed")));
            Assert.Equal("leased", await stage.Server.PhaseAsync(held.TaskId));
            await stage.CheckAsync([]);
        }),
        new(88, "no signature, or one that is none", stage => UnsignedAsync(stage, null, "", "sha256=", "sha256",
            "sha256=" + new string('z', 64),
            "sha256=" + new string('0', 64), GitHubDeliveries.Sign(Body)[7..])),
        new(88, "sha1 only", stage => UnsignedAsync(stage, "sha1=" + new string('a', 40))),
        new(88, "upper-case hexadecimal", stage => UnsignedAsync(stage,
            "sha256=" + GitHubDeliveries.Sign(Body)[7..].ToUpperInvariant(), "SHA256=" + GitHubDeliveries.Sign(Body)[7..])),
        new(88, "wrong length", stage => UnsignedAsync(stage, GitHubDeliveries.Sign(Body)[..^1], GitHubDeliveries.Sign(Body) + "0",
            GitHubDeliveries.Sign(Body) + " x", GitHubDeliveries.Sign(Body) + ", " + GitHubDeliveries.Sign(Body))),
        new(88, "valid for another body, or under another secret", stage => UnsignedAsync(stage, GitHubDeliveries.Sign(Body + " "),
            GitHubDeliveries.Sign(Body, GitHubDeliveries.Secret + "x"), GitHubDeliveries.Sign(Body, "x"))),
        new(88, "body that was serialised again", async stage =>
        {
            var body = new FakePull("nobody/nowhere", 7).Event("opened");
            var again = JsonNode.Parse(body)!.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
            MustBeUnauthorized(await stage.RefusedAsync(Delivery(again, GitHubDeliveries.Sign(body))));
        }),
        new(88, "the old header beside or instead of the new", async stage =>
        {
            MustBeUnauthorized(await stage.RefusedAsync(Delivery(Body, null).With("X-Hub-Signature", GitHubDeliveries.Sign(Body))));
            MustBeUnauthorized(await stage.RefusedAsync(Delivery(Body, GitHubDeliveries.Sign(Body))
                .With("X-Hub-Signature-256", GitHubDeliveries.Sign(Body))));
        }),
        new(88, "replayed delivery id", async stage =>
        {
            var delivery = Delivery(Body, GitHubDeliveries.Sign(Body), "d-replayed");
            Assert.Equal("ignored", (await stage.HarmlessAsync(delivery, 202)).Text("result"));
            Assert.Equal("duplicate", (await stage.HarmlessAsync(delivery, 202)).Text("result"));
        }),
        new(88, "signed nonsense", async stage =>
        {
            foreach (var body in new[] { "", "null", "[]", "{", "{}{}", "{\"a\":1,}", new string('[', 10_000), "\ufeff{}" })
                (await stage.RefusedAsync(Delivery(body, GitHubDeliveries.Sign(body)))).MustReject("body");
            var chunk = $"POST /webhooks/github HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{{}}";
            Assert.Single(await stage.KeptAsync(chunk)).MustBeProblem(400, "validation_error");
            var large = $"{{\"a\":\"{new string('a', 1 << 20)}\"}}";
            (await stage.RefusedAsync(Delivery(large, GitHubDeliveries.Sign(large)))).MustBeProblem(413, "payload_too_large");
            var form = Delivery(Body, GitHubDeliveries.Sign(Body)).WithType("application/x-www-form-urlencoded");
            (await stage.RefusedAsync(form)).MustBeProblem(415, "unsupported_media_type");
        }),
    ];

    private static async Task UnsignedAsync(Stage stage, params string?[] signatures)
    {
        foreach (var signature in signatures) MustBeUnauthorized(await stage.RefusedAsync(Delivery(Body, signature, "d-unsigned")));
        Assert.Empty(await stage.Server.RowsAsync("SELECT delivery_id FROM github_deliveries WHERE delivery_id = 'd-unsigned'"));
    }

    private static RawRequest Delivery(string body, string? signature, string id = "d-1")
    {
        var request = RawRequest.Post("/webhooks/github", Encoding.UTF8.GetBytes(body)).With("X-GitHub-Delivery", id)
            .With("X-GitHub-Event", "pull_request");
        return signature is null ? request : request.With("X-Hub-Signature-256", signature);
    }

    private static async Task<Held> HoldAsync(Stage stage, string repoFields = "")
    {
        var (worker, lease) = await stage.LeaseAsync(repoFields, workerFields: ""","github_handle":"ada" """);
        return new Held((string)lease["repo"]!, (string)lease["task_id"]!, worker.Id, worker.Token);
    }

    private static RawRequest Report(Held held, string url) => RawRequest.Post($"/v1/tasks/{held.TaskId}/status",
        new JsonObject { ["status"] = "pr_opened", ["pr_url"] = url }.ToJsonString()).As(held.Token);

    private static void MustBeUnauthorized(Answer answer) => answer.MustBeProblem(401, "unauthorized");
}
