using System.Text;
using System.Text.Json.Nodes;

namespace OwpPool.Cli.Tests.Conformance;

/// <summary>What servers get wrong.</summary>
internal static class Defects
{
    /// <summary>Nothing is wrong.</summary>
    public static Defect None => new();

    /// <summary>All of them: a name, the check that must tell of it, the checks to do, and the defect.</summary>
    public static IReadOnlyDictionary<string, (string Check, string Only, Func<Defect> Make)> All { get; } =
        new Dictionary<string, (string, string, Func<Defect>)>
        {
            ["another code in error bodies"] = ("error.fields", "error.f", () => AfterErrors(problem => problem["code"] = "bad_request")),
            ["errors as plain application/json"] = ("error.problem", "error.p", () => After((_, answer) =>
            {
                if (answer.Status >= 400) answer.Headers["Content-Type"] = "application/json";
            })),
            ["an exception's text in errors"] = ("error.no-leak", "error.no-leak", () => AfterErrors(problem =>
                problem["detail"] = "System.NullReferenceException: Object reference not set\n   at Pool.Tasks.Create()")),
            ["500 on malformed JSON"] = ("body.malformed", "body.malformed", () => After((_, answer) =>
            {
                if (answer.Status == 400 && answer.Text.Contains("well-formed", StringComparison.Ordinal)) answer.Status = 500;
            })),
            ["any token is good"] = ("auth.worker-wrong", "auth.worker", () => After((request, answer) =>
            {
                if (answer.Status == 401 && request.Headers.ContainsKey("Authorization"))
                    (answer.Status, answer.Body) = (200, """{"ok":true,"server_time":"2026-01-18T05:00:00.000Z"}"""u8.ToArray());
            })),
            ["revoked workers go on"] = ("auth.revoke", "auth.revoke", () => Before(request =>
                request.Path.EndsWith("/revoke", StringComparison.Ordinal) ? ProxiedAnswer.Json(200, """{"ok":true}""") : null)),
            ["no idempotent replay"] = ("idem.task", "idem.task", () => Changing(request => request.Headers.Remove("Idempotency-Key"))),
            ["a key with another body is replayed"] = ("idem.mismatch", "idem.mismatch", ReplayWhatever),
            ["no Retry-After"] = ("idem.running", "idem.running", () => After((_, answer) => answer.Headers.Remove("Retry-After"))),
            ["cursors that lead to the first page"] = ("list.cursor", "list.", () => Changing(request =>
                request.Target = string.Join('&',
                    request.Target.Split('&').Where(part => !part.StartsWith("cursor=", StringComparison.Ordinal))))),
            ["a task for two workers"] = ("work.one-holder", "work.one-holder", TwoHolders),
            ["leases without a fencing token"] = ("work.more-members", "work.more-members", () => After((_, answer) =>
                answer.Edit(json => EachLease(json, lease => lease.Remove("fencing_token"))))),
            ["leases are forgotten when asked again"] = ("work.again", "work.again", ForgetfulWork),
            ["long polls that do not wait"] = ("work.wait-none", "work.wait", () => Changing(request =>
                request.Edit(json => json.Remove("wait_seconds")))),
            ["stale fencing tokens are accepted"] = ("R6.3", "R6.3", () => Reports(json =>
            {
                json.Remove("fencing_token");
                json.Remove("lease_id");
            })),
            ["expired leases may report"] = ("R6.12", "R6.12", () => After((request, answer) =>
            {
                if (answer.Status == 409 && request.Path.EndsWith("/status", StringComparison.Ordinal))
                    (answer.Status, answer.Body) = (200, """{"ok":true}"""u8.ToArray());
            })),
            ["a budget that is not held"] = ("R4.1", "R4.1", () => Repos(json => json["max_open_prs"] = 100)),
            ["no area locks"] = ("R5.1", "R5.1", () => Tasks(json => json.Remove("area"))),
            ["capacity that is not held"] = ("R3.1", "R3.1", () => Posts("/v1/workers/register", json => json["capacity_points"] = 100)),
            ["required skills that are not looked at"] = ("R1.1", "R1.1", () => Tasks(json =>
            {
                if (json["required_skills"] is JsonArray { Count: > 1 } skills) skills.RemoveAt(1);
            })),
            ["priority that is not looked at"] = ("R2.1", "R2.1", () => Tasks(json => json["priority"] = 5)),
            ["attempts without an end"] = ("R8.4", "R8.4", () => Repos(json => json.Remove("max_attempts"))),
            ["workers that merge where they may not"] = ("R10.1", "R10.1", () => Repos(json => json.Remove("merge_authority"))),
            ["pull requests on any host"] = ("R10.6", "R10.6", () => Reports(json =>
            {
                if (json["artifact"] is not JsonObject artifact || !Uri.TryCreate((string?)artifact["pr_url"], UriKind.Absolute, out var url)) return;
                artifact["pr_url"] = new Uri(new("https://github.com"), $"{url.AbsolutePath[..url.AbsolutePath.LastIndexOf('/')]}/{Random.Shared.Next()}").AbsoluteUri;
            })),
            ["an ETag that is ignored"] = ("edit.stale", "edit.stale", () => Changing(request =>
            {
                if (request.Headers.ContainsKey("If-Match")) request.Headers["If-Match"] = "*";
            })),
            ["an audit log with gaps"] = ("R12.2", "R12.2", () => After((_, answer) => answer.Edit(json =>
            {
                if (json["events"] is JsonArray { Count: > 1 } events) events.RemoveAt(1);
            }))),
            ["viewers that may change everything"] = ("maintainer.viewer", "maintainer.viewer",
                () => Posts("/v1/admin/tokens", json => json["role"] = "admin")),
            ["invites that are not looked at"] = ("invite.used-up", "invite.used-up",
                () => Posts("/v1/workers/register", json => json.Remove("invite"))),
            ["a revocation that undoes nothing"] = ("workers.revoke-undo", "workers.revoke-undo", () => Changing(request =>
            {
                if (request.Path.EndsWith("/revoke", StringComparison.Ordinal)) request.Edit(json => json.Remove("undo"));
            })),
            ["a rest that binds nobody"] = ("release.rest", "release.rest", () => Changing(request =>
            {
                if (request.Path.EndsWith("/release", StringComparison.Ordinal)) request.Edit(json => json.Remove("retry_after_seconds"));
            })),
            ["tasks that come back to who released them"] = ("R1.13", "R1.13", ReleasedTwice),
            ["heartbeats that renew what is not begun"] = ("R6.16", "R6.16", () => After((request, answer) =>
            {
                if (request.Is("POST", "/v1/workers/heartbeat"))
                    answer.Edit(json => EachLease(json, lease => lease["lease_expires_at"] = "2099-01-01T00:00:00.000Z"));
            })),
            ["unconfirmed merges that are final"] = ("R9.14", "R9.14", () => Before(request =>
                request.Path.EndsWith("/requeue", StringComparison.Ordinal)
                    ? ProxiedAnswer.Json(400, """{"code":"validation_error","message":"merged is final"}""") : null)),
            ["Last-Event-ID that is ignored"] = ("events.resume", "events.resume",
                () => Changing(request => request.Headers.Remove("Last-Event-ID"))),
        };

    private static Defect Before(Func<ProxiedRequest, ProxiedAnswer?> before) => new() { Before = before };

    private static Defect After(Action<ProxiedRequest, ProxiedAnswer> after) => new() { After = after };

    private static Defect AfterErrors(Action<JsonObject> edit) => After((_, answer) =>
    {
        if (answer.Status >= 400) answer.Edit(edit);
    });

    private static Defect Changing(Action<ProxiedRequest> change) => Before(request =>
    {
        change(request);
        return null;
    });

    private static Defect Posts(string path, Action<JsonObject> edit) => Changing(request =>
    {
        if (request.Is("POST", path)) request.Edit(edit);
    });

    private static Defect Tasks(Action<JsonObject> edit) => Posts("/v1/admin/tasks", edit);

    private static Defect Repos(Action<JsonObject> edit) => Posts("/v1/admin/repos", edit);

    private static Defect Reports(Action<JsonObject> edit) => Changing(request =>
    {
        if (request.Path.EndsWith("/status", StringComparison.Ordinal)) request.Edit(edit);
    });

    private static bool AsksForWork(ProxiedRequest request) => request.Path is "/v1/work" or "/v1/claims";

    private static void EachLease(JsonObject answer, Action<JsonObject> edit)
    {
        if (answer["leases"] is not JsonArray leases) return;
        foreach (var lease in leases.OfType<JsonObject>()) edit(lease);
    }

    /// <summary>Whoever gets nothing is given what another has.</summary>
    private static Defect TwoHolders()
    {
        JsonNode? given = null;
        return After((request, answer) =>
        {
            if (!AsksForWork(request)) return;
            answer.Edit(json =>
            {
                if (json["leases"] is not JsonArray leases) return;
                if (leases.Count > 0) given ??= leases[0]!.DeepClone();
                else if (given is not null) leases.Add(given.DeepClone());
            });
        });
    }

    /// <summary>Whoever released a task is shown it again.</summary>
    private static Defect ReleasedTwice()
    {
        JsonNode? given = null;
        return After((request, answer) =>
        {
            if (!AsksForWork(request)) return;
            answer.Edit(json =>
            {
                if (json["leases"] is not JsonArray leases) return;
                if (leases.Count == 0 && given is not null) leases.Add(given.DeepClone());
                else given = leases.Count > 0 ? leases[0]!.DeepClone() : null;
            });
        });
    }

    /// <summary>Only the newest lease of an answer is shown.</summary>
    private static Defect ForgetfulWork() => After((request, answer) =>
    {
        if (AsksForWork(request)) answer.Edit(json =>
            json["leases"] = new JsonArray([.. json["leases"]!.AsArray().Skip(1).Select(lease => lease!.DeepClone())]));
    });

    /// <summary>The first answer to a key, whatever came with it.</summary>
    private static Defect ReplayWhatever()
    {
        var answers = new System.Collections.Concurrent.ConcurrentDictionary<string, byte[]>();
        return new Defect
        {
            Before = request => request.Headers.TryGetValue("Idempotency-Key", out var key) && answers.TryGetValue(key, out var first)
                ? ProxiedAnswer.Json(201, Encoding.UTF8.GetString(first)) : null,
            After = (request, answer) =>
            {
                if (request.Headers.TryGetValue("Idempotency-Key", out var key)) answers.TryAdd(key, answer.Body);
            },
        };
    }
}
