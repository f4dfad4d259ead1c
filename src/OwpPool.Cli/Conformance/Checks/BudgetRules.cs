using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 4: how much of a repo may be handed out or under review.</summary>
internal static class BudgetRules
{
    public static Section All => new("§4.4 Review budget")
    {
        { "R4.1", Level.Core, "No more tasks are handed out than max_open_prs.", async stage =>
        {
            await BudgetAsync(stage, 2);
            await HoldsAsync(stage, await BacklogAsync(stage, 4), 2);
        }, Lane.Alone },
        { "R4.2", Level.Core, "A task under review uses the budget until it is merged.", ReviewAsync, Lane.Alone },
        { "R4.3", Level.Core, "The budget holds when many workers ask at once.", ParallelAsync, Lane.Alone },
        { "R4.4", Level.Pool, "A released task gives its place back.", ReleaseAsync, Lane.Alone },
        { "R4.5", Level.Pool, "A blocked task uses the budget.", async stage =>
        {
            await BudgetAsync(stage, 1);
            var worker = await BacklogAsync(stage, 2);
            await worker.TakeAsync((await worker.AskAsync())[0].TaskId, "in_progress", "blocked");
            await HoldsAsync(stage, worker, 1);
        }, Lane.Alone },
        { "R4.6", Level.Pool, "An open offer uses the budget.", OfferAsync, Lane.Alone },
        { "R4.7", Level.Pool, "A budget of 0 hands out nothing.", async stage =>
        {
            await BudgetAsync(stage, 0);
            await HoldsAsync(stage, await BacklogAsync(stage, 1), 0);
        }, Lane.Alone },
        { "R4.8", Level.Pool, "Lowering the budget takes nothing away, and grants nothing until there is room.", LowerAsync, Lane.Alone },
        { "R4.9", Level.Pool, "Raising the budget lets more out at once.", async stage =>
        {
            await BudgetAsync(stage, 1);
            var worker = await BacklogAsync(stage, 3);
            await HoldsAsync(stage, worker, 1);
            await BudgetAsync(stage, 3);
            await HoldsAsync(stage, worker, 3);
        }, Lane.Alone },
    };

    private static Task BudgetAsync(Stage stage, int budget) => stage.SetRepoAsync(new JsonObject { ["max_open_prs"] = budget });

    /// <summary>So many tasks, and a worker that could take them all.</summary>
    private static async Task<Worker> BacklogAsync(Stage stage, int tasks)
    {
        var worker = await stage.WorkerAsync();
        for (var i = 0; i < tasks; i++) await stage.TaskAsync();
        return worker;
    }

    private static async Task HoldsAsync(Stage stage, Worker worker, int count)
    {
        // Core servers may give one lease a request.
        for (var i = 1; i < count; i++) await worker.AskAsync();
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count <= count, $"at most {count} leases, for that is the budget", $"{leases.Count} leases");
        if (stage.Target.HasClaims) answer.Must(leases.Count == count, $"{count} leases, for the budget allows them",
            $"{leases.Count} leases");
    }

    private static async Task ReviewAsync(Stage stage)
    {
        await BudgetAsync(stage, 1);
        var worker = await BacklogAsync(stage, 2);
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 1, "one lease");
        await worker.TakeAsync(leases[0].TaskId, "in_progress", "pr_opened");
        var other = await worker.AskForAnswerAsync();
        other.Answer.Must(other.Leases.All(lease => lease.TaskId == leases[0].TaskId), "no second task while the first is under review");
        await worker.TakeAsync(leases[0].TaskId, "merged");
        var next = await worker.AskForAnswerAsync();
        next.Answer.Must(next.Leases.Any(lease => lease.TaskId != leases[0].TaskId), "the second task when the first is merged");
    }

    private static async Task ParallelAsync(Stage stage)
    {
        await BudgetAsync(stage, 3);
        var workers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => stage.WorkerAsync()));
        for (var i = 0; i < 12; i++) await stage.TaskAsync();
        var answers = await Task.WhenAll(workers.Select(worker => worker.AskForAnswerAsync()));
        var held = answers.SelectMany(answer => answer.Leases).Select(lease => lease.TaskId).Distinct().Count();
        answers[0].Answer.Must(held <= 3, "at most 3 tasks out, for that is the budget", $"{held} tasks");
    }

    private static async Task ReleaseAsync(Stage stage)
    {
        await BudgetAsync(stage, 1);
        var (first, second) = (await BacklogAsync(stage, 1), await stage.WorkerAsync());
        var lease = (await first.AskAsync())[0];
        await stage.TaskAsync(new JsonObject { ["priority"] = 9 });
        await EligibilityRules.GetsNothingAsync(second, "a task beyond the budget");
        (await first.ReleaseAsync(lease.TaskId)).Is(200);
        await HoldsAsync(stage, second, 1);
    }

    private static async Task OfferAsync(Stage stage)
    {
        await BudgetAsync(stage, 1);
        var (first, second) = (await stage.WorkerAsync(), await BacklogAsync(stage, 2));
        var offers = (await first.PostAsync("/v1/work/offers")).Is(200);
        offers.Must(offers.Items("offers").Count(offer => offer.TextAt("repo") == stage.Repo) == 1, "one offer, for the budget is 1");
        await HoldsAsync(stage, second, 0);
    }

    private static async Task LowerAsync(Stage stage)
    {
        await BudgetAsync(stage, 3);
        var worker = await BacklogAsync(stage, 4);
        await HoldsAsync(stage, worker, 3);
        await BudgetAsync(stage, 1);
        await HoldsAsync(stage, worker, 3);
        var held = await worker.AskAsync();
        // Two of three over: still as many as allowed.
        foreach (var lease in held.Take(2)) await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened", "merged");
        await HoldsAsync(stage, worker, 1);
        await worker.TakeAsync(held[2].TaskId, "in_progress", "pr_opened", "merged");
        await HoldsAsync(stage, worker, 1);
    }
}
