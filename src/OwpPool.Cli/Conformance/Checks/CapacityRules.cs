using System.Text.Json.Nodes;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 3: what one worker holds.</summary>
internal static class CapacityRules
{
    public static Section All => new("§4.3 Capacity")
    {
        { "R3.1", Level.Core, "The points that a worker holds never exceed its capacity.", async stage =>
            await HoldsAsync(stage, await stage.WorkerAsync(points: 5, concurrent: 10), tasks: 3, points: 2, most: 2) },
        { "R3.2", Level.Core, "The tasks that a worker holds never exceed its concurrency.", async stage =>
            await HoldsAsync(stage, await stage.WorkerAsync(points: 20, concurrent: 2), tasks: 4, points: 1, most: 2) },
        { "R3.3", Level.Core, "A task heavier than the worker's capacity is not for it.", async stage =>
            await HoldsAsync(stage, await stage.WorkerAsync(points: 3), tasks: 1, points: 4, most: 0) },
        { "R3.4", Level.Core, "What is under review weighs nothing: the worker gets the next task.", ReviewAsync },
        { "R3.5", Level.Pool, "What is blocked weighs on.", BlockedAsync },
        { "R3.6", Level.Pool, "An open offer weighs as a lease does.", OfferAsync },
        { "R3.7", Level.Pool, "Capacity holds when the worker asks many times at once.", ParallelAsync },
    };

    private static async Task HoldsAsync(Stage stage, Worker worker, int tasks, int points, int most)
    {
        for (var i = 0; i < tasks; i++) await stage.TaskAsync(new JsonObject { ["estimate_points"] = points });
        for (var i = 0; i < 3; i++)
        {
            var (answer, leases) = await worker.AskForAnswerAsync();
            answer.Must(leases.Count <= most, $"at most {most} leases of {points} points", $"{leases.Count} leases");
        }
    }

    private static async Task ReviewAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync(points: 1, concurrent: 1);
        var first = await stage.LeaseAsync(worker);
        await worker.TakeAsync(first.TaskId, "in_progress", "pr_opened");
        await stage.LeaseAsync(worker);
    }

    private static async Task BlockedAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync(points: 1, concurrent: 1);
        var first = await stage.LeaseAsync(worker);
        await stage.TaskAsync();
        await worker.TakeAsync(first.TaskId, "in_progress", "blocked");
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.All(lease => lease.TaskId == first.TaskId), "no second lease while the first is blocked");
    }

    private static async Task OfferAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync(points: 1, concurrent: 1);
        await OfferChecks.OfferAsync(stage, worker, await stage.TaskAsync());
        await stage.TaskAsync();
        await EligibilityRules.GetsNothingAsync(worker, "a second task beside an offer that fills its capacity");
    }

    private static async Task ParallelAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync(points: 3, concurrent: 3);
        for (var i = 0; i < 8; i++) await stage.TaskAsync();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => worker.AskAsync()));
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 3, "3 leases", $"{leases.Count} leases");
    }
}
