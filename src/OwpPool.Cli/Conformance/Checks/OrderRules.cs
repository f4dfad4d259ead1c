using System.Text.Json.Nodes;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 2: in which order.</summary>
internal static class OrderRules
{
    public static Section All => new("§4.2 Order")
    {
        { "R2.1", Level.Core, "The highest priority comes first.", async stage =>
        {
            await stage.TaskAsync(new JsonObject { ["priority"] = 2 });
            var high = await stage.TaskAsync(new JsonObject { ["priority"] = 9 });
            await stage.TaskAsync(new JsonObject { ["priority"] = 5 });
            await GetsFirstAsync(stage, high, "the one of priority 9");
        } },
        { "R2.2", Level.Core, "Of equal priority the oldest comes first.", async stage =>
        {
            var oldest = await stage.TaskAsync();
            await stage.TaskAsync();
            await stage.TaskAsync();
            await GetsFirstAsync(stage, oldest, "the oldest");
        } },
        { "R2.3", Level.Core, "What a worker cannot take does not keep it from what comes behind.", async stage =>
        {
            await stage.TaskAsync(new JsonObject { ["priority"] = 9, ["required_skills"] = new JsonArray(stage.Skill, stage.Mark) });
            await GetsFirstAsync(stage, await stage.TaskAsync(), "the one that it can take");
        } },
        { "R2.4", Level.Pool, "The order holds through a whole backlog.", WholeAsync },
    };

    private static async Task GetsFirstAsync(Stage stage, string expected, string words)
    {
        var worker = await stage.WorkerAsync(points: 1, concurrent: 1);
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 1 && leases[0].TaskId == expected, $"a lease of {expected}, {words}");
    }

    private static async Task WholeAsync(Stage stage)
    {
        var tasks = new List<(int Priority, string TaskId)>();
        foreach (var priority in new[] { 3, 700, 3, 40, 1000, 40, 0 })
            tasks.Add((priority, await stage.TaskAsync(new JsonObject { ["priority"] = priority })));
        // Stable: of equal priority the order of creation stays.
        foreach (var (priority, taskId) in tasks.OrderByDescending(task => task.Priority).ToList())
            await GetsFirstAsync(stage, taskId, $"of priority {priority}");
    }
}
