using System.Text.Json;
using System.Text.RegularExpressions;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Ids, instants and documents (protocol §1).</summary>
internal static partial class FormChecks
{
    private static readonly string[] Documented =
    [
        "post /v1/workers/register", "post /v1/workers/heartbeat", "get /v1/work", "post /v1/claims", "get /v1/work/explain",
        "post /v1/tasks/{id}/status", "post /v1/tasks/{id}/release", "post /v1/leases/{id}/renew", "post /v1/work/offers",
        "post /v1/work/offers/{id}/accept", "post /v1/work/offers/{id}/reject", "get /v1/workers/me", "post /v1/tasks/{id}/logs",
        "get /v1/tasks/{id}/logs", "post /v1/workers/token/rotate", "post /v1/admin/repos", "get /v1/admin/repos", "post /v1/admin/tasks",
        "post /v1/admin/tasks/batch", "get /v1/tasks", "get /v1/tasks/{id}", "patch /v1/admin/tasks/{id}",
            "post /v1/admin/tasks/{id}/requeue",
        "post /v1/admin/tasks/{id}/cancel", "post /v1/admin/tasks/{id}/force-status", "post /v1/admin/tasks/{id}/position",
        "post /v1/admin/tasks/{id}/accept", "post /v1/admin/tasks/{id}/reject", "get /v1/admin/state", "get /v1/admin/state/stream",
        "get /v1/events", "get /v1/workers", "get /v1/workers/{id}", "post /v1/workers/{id}/pause", "post /v1/workers/{id}/resume",
        "post /v1/workers/{id}/revoke", "get /v1/workers/{id}/reputation", "post /v1/workers/{id}/trust-tier", "get /v1/audit/events",
        "post /webhooks/github", "get /livez", "get /readyz", "get /version",
    ];

    public static Section All => new("§1 Ids, instants, documents")
    {
        { "form.ids", Level.Core, "Ids of workers begin with w_, of tasks with t_, and have at most 64 characters.", IdsAsync },
        { "form.more-ids", Level.Pool, "Ids of leases begin with l_, of offers with o_, of events with e_.", MoreIdsAsync },
        { "form.id-case", Level.Pool, "Ids are case-sensitive.", IdCaseAsync },
        { "form.instants", Level.Core, "Instants are RFC 3339 in UTC.", InstantsAsync },
        { "form.openapi-json", Level.Pool, "/openapi/v1.json is an OpenAPI 3.1 document.", async stage =>
            (await OpenApiAsync(stage)).Must((await OpenApiAsync(stage)).Text("openapi").StartsWith("3.1", StringComparison.Ordinal),
                "OpenAPI 3.1") },
        { "form.openapi-complete", Level.Pool, "The OpenAPI document has the operations of the contract.", CompleteAsync },
        { "form.openapi-yaml", Level.Pool, "/openapi/v1.yaml is the same in YAML.", YamlAsync },
        { "form.docs", Level.Pool, "/docs is a page that loads nothing from elsewhere.", DocsAsync },
    };

    private static async Task IdsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync();
        var task = await worker.AskForAnswerAsync();
        Id(task.Answer, worker.Id, "w_");
        Id(task.Answer, taskId, "t_");
    }

    private static async Task MoreIdsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        Id(lease.Answer, lease.LeaseId ?? "", "l_");
        await stage.TaskAsync();
        var offers = (await worker.PostAsync("/v1/work/offers")).Is(200);
        offers.Must(offers.Items("offers").Count > 0, "an offer");
        Id(offers, offers.Items("offers")[0].TextAt("offer_id") ?? "", "o_");
        var events = (await stage.Admin.GetAsync($"/v1/audit/events?target={lease.TaskId}")).Is(200);
        events.Must(events.Items("events").Count > 0, "an event");
        Id(events, events.Items("events")[0].TextAt("id") ?? "", "e_");
    }

    private static void Id(WireAnswer answer, string id, string prefix) => answer.Must(
        id.Length <= 64 && id.StartsWith(prefix, StringComparison.Ordinal) && IdForm().IsMatch(id),
        $"an id of {prefix} and letters, digits, _ and -, at most 64 characters", $"'{id}'");

    private static async Task IdCaseAsync(Stage stage)
    {
        var taskId = await stage.TaskAsync();
        var other = Swapped(taskId);
        (await stage.Admin.GetAsync($"/v1/tasks/{other}")).IsProblem(404, "not_found");
    }

    /// <summary>The id with the case of its first letter behind the prefix changed.</summary>
    private static string Swapped(string id)
    {
        var at = id.AsSpan(2).IndexOfAnyInRange('a', 'z') is >= 0 and var lower ? lower + 2 : id.Length - 1;
        return string.Concat(id.AsSpan(0, at), char.ToUpperInvariant(id[at]).ToString(), id.AsSpan(at + 1));
    }

    private static async Task InstantsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        Stage.TimeOf(await worker.HeartbeatAsync("idle"));
        var lease = await stage.LeaseAsync(worker);
        lease.Answer.Must(lease.Text("lease_expires_at") is { } text && WireAnswer.TryInstant(text, out _),
            "lease_expires_at as an RFC 3339 instant in UTC");
    }

    private static async Task<WireAnswer> OpenApiAsync(Stage stage) => (await stage.Nobody.GetAsync("/openapi/v1.json")).Is(200);

    private static async Task CompleteAsync(Stage stage)
    {
        var answer = await OpenApiAsync(stage);
        answer.Must(answer.Member("paths").ValueKind is JsonValueKind.Object, "a member 'paths' that is an object");
        var there = answer.Member("paths").EnumerateObject().Where(path => path.Value.ValueKind is JsonValueKind.Object)
            .SelectMany(path => path.Value.EnumerateObject().Select(verb => $"{verb.Name} {Parameter().Replace(path.Name, "{id}")}"))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = Documented.Where(operation => !there.Contains(operation)).ToList();
        if (missing.Count > 0) throw new CheckFailedException(answer.Sent, $"operations {string.Join(", ", missing)}",
            "a document without them");
    }

    private static async Task YamlAsync(Stage stage)
    {
        var answer = (await stage.Nobody.GetAsync("/openapi/v1.yaml")).Is(200);
        answer.Must(answer.Json is null && answer.Body.Contains("openapi:", StringComparison.Ordinal)
            && answer.Body.Contains("/v1/workers/register", StringComparison.Ordinal), "the document in YAML");
    }

    private static async Task DocsAsync(Stage stage)
    {
        var answer = await stage.Nobody.GetAsync("/docs");
        for (var hops = 0; answer.Status is >= 300 and < 400 && hops < 3; hops++)
        {
            var next = new Uri(new Uri("http://server/docs"), answer.Header("Location") ?? "/docs/");
            answer = await stage.Nobody.GetAsync(next.PathAndQuery);
        }
        answer.Is(200).Must(answer.MediaType == "text/html", "Content-Type: text/html");
        var foreign = Foreign().Match(answer.Body);
        answer.Must(!foreign.Success, "nothing from elsewhere", foreign.Value);
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+$")]
    private static partial Regex IdForm();

    [GeneratedRegex("\\{[^}]+\\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("(?:src|href)\\s*=\\s*[\"'](?:https?:)?//[^\"']+", RegexOptions.IgnoreCase)]
    private static partial Regex Foreign();
}
