using System.Text.Json;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Reputation, figures and the audit log as they are asked for (protocol §3).</summary>
internal static class RecordChecks
{
    public static Section All => new("§3 Figures and audit")
    {
        { "reputation.members", Level.Pool, "A reputation has its score, tier and what they are made of.", ReputationAsync },
        { "analytics.members", Level.Pool, "Analytics of a repo have the figures of a period and its series.", AnalyticsAsync },
        { "analytics.periods", Level.Pool, "The periods are last_7_days, last_30_days and last_90_days; another is 400.", PeriodsAsync },
        { "analytics.unknown", Level.Pool, "Analytics of a repo that is not there are 404.", async stage =>
            (await stage.Admin.GetAsync("/v1/analytics/repositories/conformance/none-such?period=last_7_days"))
                .IsProblem(404, "not_found") },
        { "audit.members", Level.Pool, "An event has id, timestamp, event_type, actor, target and details.", EventsAsync },
        { "audit.filters", Level.Pool, "event_type, actor, target, since and until filter the events.", FiltersAsync },
        { "audit.limit", Level.Pool, "A page has at most 1000 events.", async stage =>
        {
            (await stage.Admin.GetAsync("/v1/audit/events?limit=1001")).Rejects("limit");
            (await stage.Admin.GetAsync("/v1/audit/events?limit=1000")).Is(200);
        } },
        { "audit.bad-instant", Level.Pool, "An instant that is none is 400.", async stage =>
            (await stage.Admin.GetAsync("/v1/audit/events?since=yesterday")).Rejects("since") },
        { "audit.csv", Level.Pool, "Accept: text/csv exports.", stage => ExportAsync(stage, "text/csv") },
        { "audit.ndjson", Level.Pool, "Accept: application/x-ndjson exports, a JSON object a line.",
            stage => ExportAsync(stage, "application/x-ndjson") },
    };

    private static async Task ReputationAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var answer = (await stage.Admin.GetAsync($"/v1/workers/{worker.Id}/reputation")).Is(200).Has("worker_id", worker.Id);
        answer.Must(answer.Number("reputation_score") is >= 0 and <= 100, "a score of 0 to 100");
        answer.Text("trust_tier");
        foreach (var metric in new[] { "completion_rate", "avg_pr_quality", "on_time_delivery",
            "total_tasks" }) answer.Member($"metrics.{metric}");
    }

    private static async Task AnalyticsAsync(Stage stage)
    {
        var answer = (await stage.Admin.GetAsync($"/v1/analytics/repositories/{stage.Repo}?period=last_7_days")).Is(200);
        answer.Has("repo", stage.Repo).Has("period", "last_7_days").Whole("metrics.tasks_completed");
        foreach (var metric in new[] { "avg_completion_time", "avg_completion_seconds" }) answer.Member($"metrics.{metric}");
        foreach (var rate in new[] { "worker_utilization", "pr_merge_rate" })
            answer.Must(answer.Number($"metrics.{rate}") is >= 0 and <= 1, $"metrics.{rate} of 0 to 1");
        answer.Items("metrics.bottlenecks");
        answer.Items("series");
    }

    private static async Task PeriodsAsync(Stage stage)
    {
        var path = $"/v1/analytics/repositories/{stage.Repo}?period=";
        foreach (var period in new[] { "last_7_days", "last_30_days", "last_90_days" }) (await stage.Admin.GetAsync(path + period)).Is(200)
            .Has("period", period);
        (await stage.Admin.GetAsync(path + "last_year")).Rejects("period");
    }

    private static async Task EventsAsync(Stage stage)
    {
        var taskId = await stage.TaskAsync();
        var answer = (await stage.Admin.GetAsync($"/v1/audit/events?target={taskId}")).Is(200);
        var item = answer.Items("events").FirstOrDefault();
        foreach (var member in new[] { "id", "timestamp", "event_type", "actor", "target", "details" })
            answer.Must(item.At(member) is not null, $"an event with '{member}'");
        answer.Must(answer.Whole("total") >= 1, "a total");
    }

    private static async Task FiltersAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        foreach (var (filter, count) in new[]
        {
            ("", 2), ("&event_type=task.created", 1), ($"&actor={worker.Id}", 1), ("&since=2099-01-01T00:00:00Z", 0),
                ("&until=2020-01-01T00:00:00Z", 0),
        })
        {
            var answer = (await stage.Admin.GetAsync($"/v1/audit/events?target={lease.TaskId}{filter}")).Is(200);
            answer.Must(answer.Items("events").Count == count, $"{count} events", $"{answer.Items("events").Count} events");
        }
    }

    private static async Task ExportAsync(Stage stage, string type)
    {
        var taskId = await stage.TaskAsync();
        var answer = (await stage.Admin.GetAsync($"/v1/audit/events?target={taskId}", ("Accept", type))).Is(200);
        answer.Must(answer.MediaType == type, $"Content-Type: {type}");
        answer.Must(answer.Body.Contains(taskId, StringComparison.Ordinal), $"a line about {taskId}");
        if (type.EndsWith("json", StringComparison.Ordinal))
            foreach (var line in answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                answer.Must(line.StartsWith('{') && line.TrimEnd().EndsWith('}'), "a JSON object a line", line);
    }
}
