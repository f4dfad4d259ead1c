using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Errors (protocol §1).</summary>
internal static class ErrorChecks
{
    private static readonly string[] Leaks =
        ["   at ", "Exception", "Traceback", "stack trace", "SELECT ", "INSERT INTO", "SQLITE_", "node_modules", "/src/", ".cs:line"];

    public static Section All => new("§1 Errors")
    {
        { "error.body", Level.Core, "A refusal is JSON with a code and a message.", BodyAsync },
        { "error.no-leak", Level.Core, "No exception text, SQL or path of the server leaves it with an error.", NoLeakAsync },
        { "error.no-5xx", Level.Core, "What a caller did wrong is never the server's error: no 5xx.", NoServerErrorAsync },
        { "error.problem", Level.Pool, "Errors are application/problem+json.", async stage =>
            (await stage.Admin.PostAsync("/v1/admin/tasks")).IsProblem(400, "validation_error") },
        { "error.members", Level.Pool, "A problem has the members of RFC 9457 and those of OWP.", MembersAsync },
        { "error.status", Level.Pool, "The member status is the status, and error is the same as code.", StatusAsync },
        { "error.fields", Level.Pool, "details.errors maps every bad field to its messages.", FieldsAsync },
        { "error.unauthorized", Level.Pool, "No credential is 401 unauthorized.", async stage =>
            (await stage.Nobody.PostAsync("/v1/workers/heartbeat")).IsProblem(401, "unauthorized") },
        { "error.forbidden", Level.Pool, "A known caller without the right is 403 forbidden.", async stage =>
            (await (await stage.WorkerAsync()).GetAsync("/v1/admin/state")).IsProblem(403, "forbidden") },
        { "error.not-found", Level.Pool, "An unknown path or id is 404 not_found.", NotFoundAsync },
        { "error.method", Level.Pool, "A method that the path does not take is 405 method_not_allowed, with Allow.", MethodAsync },
        { "error.conflict", Level.Pool, "A conflict is 409 conflict with details.reason.", ConflictAsync },
        { "error.too-large", Level.Pool, "A body beyond the server's limit is 413 payload_too_large.", TooLargeAsync },
        { "error.rate-limited", Level.Pool, "429 is rate_limited and says Retry-After.", RateLimitedAsync },
        { "error.unavailable", Level.Pool, "503 is unavailable and says Retry-After.", UnavailableAsync },
    };

    private static async Task BodyAsync(Stage stage)
    {
        var answer = (await stage.Admin.PostAsync("/v1/admin/tasks")).Is(400);
        answer.Must(answer.Json is { ValueKind: JsonValueKind.Object }, "a JSON object");
        answer.Must(answer.TextOrNull("code") is not null || answer.TextOrNull("error") is not null, "a member 'code' or 'error'");
        answer.Must(answer.TextOrNull("message") is { Length: > 0 }, "a member 'message' that says what is wrong");
    }

    private static async Task NoLeakAsync(Stage stage)
    {
        foreach (var answer in await MistakesAsync(stage))
        {
            var leak = Leaks.FirstOrDefault(leak => answer.Body.Contains(leak, StringComparison.Ordinal));
            answer.Must(leak is null, $"an error without '{leak}'");
        }
    }

    private static async Task NoServerErrorAsync(Stage stage)
    {
        foreach (var answer in await MistakesAsync(stage)) answer.IsRefused();
    }

    private static async Task<IReadOnlyList<WireAnswer>> MistakesAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        return
        [
            await stage.Admin.PostTextAsync("/v1/admin/tasks", "{\"title\": "),
            await stage.Admin.PostTextAsync("/v1/admin/tasks", "[]"),
            await stage.Admin.PostTextAsync("/v1/admin/repos", "{\"repo\": {\"a\": 1}, \"max_open_prs\": \"three\"}"),
            await stage.Nobody.GetAsync("/v1/no-such-path"),
            await worker.PostTextAsync("/v1/workers/heartbeat", "{\"status\": 1e400}"),
            await worker.ReportAsync("t_'; DROP TABLE tasks;--", "in_progress"),
            await worker.ReportAsync("%00", "in_progress"),
            await worker.ReportAsync("t_unknown", "in_progress"),
            await stage.Admin.PostTextAsync("/v1/admin/tasks", "{\"repo\": \"x\", \"title\": null, \"priority\": \"high\"}"),
        ];
    }

    private static async Task MembersAsync(Stage stage)
    {
        var answer = await stage.Admin.PostAsync("/v1/admin/tasks");
        foreach (var member in new[] { "type", "title", "detail", "instance", "traceId", "error", "code", "message", "suggestion" })
            answer.Must(answer.Text(member).Length > 0, $"a member '{member}' that says something");
        answer.Whole("status");
        answer.Must(answer.Member("details").ValueKind is JsonValueKind.Object, "a member 'details' that is an object");
    }

    private static async Task StatusAsync(Stage stage)
    {
        foreach (var answer in new[] { await stage.Admin.PostAsync("/v1/admin/tasks"), await stage.Nobody.GetAsync("/v1/admin/state") })
        {
            answer.Has("status", answer.Status);
            answer.Has("error", answer.Text("code"));
        }
    }

    private static async Task FieldsAsync(Stage stage)
    {
        var answer = await stage.CreateAsync(new JsonObject { ["title"] = "", ["estimate_points"] = 0, ["tier"] = 4 });
        foreach (var field in new[] { "title", "estimate_points", "tier" })
        {
            answer.Rejects(field);
            answer.Must(answer.Items($"details.errors.{field}").Count > 0, $"messages about '{field}'");
        }
    }

    private static async Task NotFoundAsync(Stage stage)
    {
        (await stage.Nobody.GetAsync("/v1/no-such-path")).IsProblem(404, "not_found");
        (await stage.Admin.GetAsync("/v1/tasks/t_unknown")).IsProblem(404, "not_found");
        (await stage.Admin.GetAsync("/v1/workers/w_unknown")).IsProblem(404, "not_found");
    }

    private static async Task MethodAsync(Stage stage)
    {
        var answer = await stage.Nobody.SendAsync(new Call(HttpMethod.Delete, "/v1/workers/register"));
        answer.IsProblem(405, "method_not_allowed")
            .Must(answer.Header("Allow")?.Contains("POST", StringComparison.Ordinal) is true, "Allow: POST");
    }

    private static async Task ConflictAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var answer = await worker.ReportAsync(lease.TaskId, "in_progress", new JsonObject { ["fencing_token"] = lease.Token + 1 });
        answer.IsProblem(409, "conflict").Text("details.reason");
    }

    private static async Task TooLargeAsync(Stage stage)
    {
        // More than any server needs to read of one task.
        var body = $$"""{"repo":"{{stage.Repo}}","title":"{{new string('x', 32 * 1024 * 1024)}}"}""";
        var call = new Call(HttpMethod.Post, "/v1/admin/tasks")
        {
            Body = System.Text.Encoding.UTF8.GetBytes(body),
            Headers = [("Expect", "100-continue")],
        };
        (await stage.Admin.SendAsync(call)).IsProblem(413, "payload_too_large");
    }

    private static Task RateLimitedAsync(Stage stage) => LaterAsync(stage.Target.Http.FirstRateLimited, 429, "rate_limited");

    private static Task UnavailableAsync(Stage stage) => LaterAsync(stage.Target.Http.FirstUnavailable, 503, "unavailable");

    private static Task LaterAsync(WireAnswer? seen, int status, string code)
    {
        if (seen is null) throw new CheckSkippedException($"the run met no {status}, and provoking one would disturb others");
        seen.IsProblem(status, code).Must(int.TryParse(seen.Header("Retry-After"), out var pause) && pause > 0,
            "Retry-After in whole seconds");
        return Task.CompletedTask;
    }
}
