using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 11: what becomes of a worker's work.</summary>
internal static class ReputationRules
{
    public static Section All => new("§4.11 Reputation")
    {
        { "R11.1", Level.Pool, "Without history a worker's score is 50 and its trust basic.", async stage =>
        {
            var answer = await OfAsync(stage, await stage.FreshWorkerAsync());
            answer.Has("trust_tier", "basic").Has("metrics.total_tasks", 0)
                .Must(answer.Number("reputation_score") == 50, "\"reputation_score\": 50");
        } },
        { "R11.2", Level.Pool, "A merge that a maintainer confirmed in time makes 100.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync();
            await ReviewedAsync(stage, worker, "accept", new JsonObject { ["rating"] = 4 });
            await BecomesAsync(stage, worker, 1, 100);
        } },
        { "R11.3", Level.Pool, "A maintainer's rating is the quality.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync();
            await ReviewedAsync(stage, worker, "accept", new JsonObject { ["rating"] = 4 });
            await BecomesAsync(stage, worker, 1, 100);
            var answer = await OfAsync(stage, worker);
            answer.Must(answer.Number("metrics.avg_pr_quality") == 4, "\"avg_pr_quality\": 4");
        } },
        { "R11.4", Level.Pool, "A pull request that is refused counts against its worker.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync();
            await ReviewedAsync(stage, worker, "accept", new JsonObject());
            await ReviewedAsync(stage, worker, "reject", new JsonObject { ["to"] = "ready", ["reason"] = "conformance" });
            // Half of 0.75 for completion, and 0.25 or half of it for being in time.
            await BecomesAsync(stage, worker, 2, 50, 62.5);
        } },
        { "R11.5", Level.Pool, "A merge on the worker's own word counts nothing.", OwnWordAsync },
        { "R11.6", Level.Pool, "A failure counts against its worker.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync();
            (await worker.ReportAsync((await stage.LeaseAsync(worker)).TaskId, "failed")).Is(200);
            await BecomesAsync(stage, worker, 1, 0);
        } },
        { "R11.7", Level.Pool, "Three leases lost in a row cost a tier of trust.", DemotedAsync, Lane.Patient },
    };

    private static async Task<WireAnswer> OfAsync(Stage stage, Worker worker) =>
        (await stage.Admin.GetAsync($"/v1/workers/{worker.Id}/reputation")).Is(200);

    private static async Task ReviewedAsync(Stage stage, Worker worker, string verb, JsonObject body)
    {
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
        await stage.ActAsync(lease.TaskId, verb, body);
        await stage.ActAsync(lease.TaskId, verb == "accept" ? "accept" : "cancel");
    }

    private static Task BecomesAsync(Stage stage, Worker worker, int tasks, params double[] scores) => stage.EventuallyAsync(async () =>
    {
        var answer = await OfAsync(stage, worker);
        return (answer, answer.Whole("metrics.total_tasks") == tasks && scores.Contains(answer.Number("reputation_score")));
    }, $"total_tasks {tasks} and a score of {string.Join(" or ", scores)}");

    private static async Task OwnWordAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        await worker.TakeAsync((await stage.LeaseAsync(worker)).TaskId, "in_progress", "pr_opened", "merged");
        // Outcomes count in their order: when the later one is counted, the earlier one has been passed over.
        await ReviewedAsync(stage, worker, "accept", new JsonObject());
        await BecomesAsync(stage, worker, 1, 100);
    }

    private static async Task DemotedAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        Lease? lease = null;
        for (var i = 0; i < 3; i++) lease = await stage.LeaseAsync(worker);
        await stage.OutliveAsync(lease!);
        await stage.EventuallyAsync(async () =>
        {
            var answer = await OfAsync(stage, worker);
            return (answer, answer.TextOrNull("trust_tier") == "untrusted");
        }, "\"trust_tier\": \"untrusted\" of a worker that had basic trust");
    }
}
