using System.Text.Json.Nodes;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 5: one task of an area at a time.</summary>
internal static class AreaRules
{
    public static Section All => new("§4.5 Area lock")
    {
        { "R5.1", Level.Core, "Two tasks of one area are not worked on at once.", stage => LocksAsync(stage, stage.Mark, stage.Mark) },
        { "R5.2", Level.Core, "Different areas do not lock each other.",
            stage => LeavesFreeAsync(stage, $"{stage.Mark}/a", $"{stage.Mark}/b") },
        { "R5.3", Level.Core, "No area locks nothing.", stage => LeavesFreeAsync(stage, null, null) },
        { "R5.4", Level.Pool, "A blank area locks nothing.", stage => LeavesFreeAsync(stage, "  ", "  ") },
        { "R5.5", Level.Pool, "Areas are compared in any case.",
            stage => LocksAsync(stage, $"{stage.Mark}/api", $"{stage.Mark.ToUpperInvariant()}/API") },
        { "R5.6", Level.Pool, "Areas are compared with \\ as / and without a leading ./ or trailing /.", async stage =>
        {
            await LocksAsync(stage, $"{stage.Mark}/one/x", $"./{stage.Mark}\\one\\x/");
            await LocksAsync(stage, $"  {stage.Mark}/two ", $"{stage.Mark}/two");
        } },
        { "R5.12", Level.Pool, "Areas are compared in NFC: a letter of two code points is the letter.",
            stage => LocksAsync(stage, $"{stage.Mark}/M\u00FCller", $"{stage.Mark}/Mu\u0308ller") },
        { "R5.7", Level.Pool, "A task under review leaves its area free.", async stage =>
        {
            var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
            var lease = await stage.LeaseAsync(first, Area(stage.Mark));
            var nextId = await stage.TaskAsync(Area(stage.Mark));
            await first.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
            await stage.GetAsync(second, nextId);
        } },
        { "R5.8", Level.Pool, "Where the repo says so, an area is locked until its task is merged.", UntilMergedAsync, Lane.Alone },
        { "R5.9", Level.Core, "Where a repo has no area locks, one area's tasks go out together.", async stage =>
        {
            await stage.SetRepoAsync(new JsonObject { ["area_locks_enabled"] = false });
            await LeavesFreeAsync(stage, stage.Mark, stage.Mark);
        }, Lane.Alone },
        { "R5.10", Level.Pool, "An open offer locks its area.", async stage =>
        {
            var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
            await OfferChecks.OfferAsync(stage, first, await stage.TaskAsync(Area(stage.Mark)));
            await stage.TaskAsync(Area(stage.Mark));
            await EligibilityRules.GetsNothingAsync(second, "a task of an area that an offer holds");
        } },
        { "R5.11", Level.Pool, "An area holds when many workers ask at once.", ParallelAsync },
    };

    private static JsonObject Area(string? area) => new() { ["area"] = area };

    /// <summary>While a task of one area is held, nobody gets one of the other.</summary>
    private static async Task LocksAsync(Stage stage, string area, string other)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(first, Area(area));
        var waiting = await stage.TaskAsync(Area(other));
        await EligibilityRules.GetsNothingAsync(second, $"area '{other}' while '{area}' is leased");
        await first.TakeAsync(lease.TaskId, "in_progress");
        await EligibilityRules.GetsNothingAsync(second, $"area '{other}' while '{area}' is in_progress");
        await first.TakeAsync(lease.TaskId, "pr_opened", "merged");
        await second.TakeAsync((await stage.GetAsync(second, waiting)).TaskId, "in_progress", "pr_opened", "merged");
    }

    private static async Task LeavesFreeAsync(Stage stage, string? area, string? other)
    {
        await stage.LeaseAsync(await stage.WorkerAsync(), Area(area));
        await stage.LeaseAsync(await stage.WorkerAsync(), Area(other));
    }

    private static async Task UntilMergedAsync(Stage stage)
    {
        await stage.SetRepoAsync(new JsonObject { ["area_lock_until"] = "merged" });
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(first, Area(stage.Mark));
        var waiting = await stage.TaskAsync(Area(stage.Mark));
        await first.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
        await EligibilityRules.GetsNothingAsync(second, "a task of an area whose task is under review");
        await first.TakeAsync(lease.TaskId, "merged");
        await stage.GetAsync(second, waiting);
    }

    private static async Task ParallelAsync(Stage stage)
    {
        var workers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => stage.WorkerAsync()));
        for (var i = 0; i < 5; i++) await stage.TaskAsync(Area(stage.Mark));
        var answers = await Task.WhenAll(workers.Select(worker => worker.AskForAnswerAsync()));
        answers[0].Answer.Must(answers.Sum(answer => answer.Leases.Count) == 1, "one task of the area out",
            $"{answers.Sum(answer => answer.Leases.Count)} tasks");
    }
}
