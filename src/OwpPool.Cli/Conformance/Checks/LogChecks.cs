using System.Globalization;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>What workers say while they work (protocol §2).</summary>
internal static class LogChecks
{
    public static Section All => new("§2 Task logs")
    {
        { "logs.append", Level.Pool, "Lines of the holder are kept, in their order.", AppendAsync },
        { "logs.after", Level.Pool, "after leaves out what was read before.", AfterAsync },
        { "logs.limits", Level.Pool, "A call has at most 500 lines, a message at most 8 KiB.", LimitsAsync },
        { "logs.level", Level.Pool, "A level that is none is 400.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lines = new JsonArray(new JsonObject { ["level"] = "loud", ["message"] = "hello" });
            (await worker.PostAsync($"/v1/tasks/{(await stage.LeaseAsync(worker)).TaskId}/logs", new JsonObject { ["lines"] = lines }))
                .IsProblem(400, "validation_error");
        } },
        { "logs.holder", Level.Pool, "Nobody else appends to a task's log.", HolderAsync },
        { "logs.follow", Level.Pool, "follow=true is a stream of the lines, old and new.", FollowAsync },
    };

    private static JsonObject Lines(params IEnumerable<string> messages) => new()
    {
        ["lines"] = new JsonArray([.. messages.Select(message => (JsonNode)new JsonObject
        {
            ["level"] = "info",
            ["stage"] = "build",
            ["message"] = message,
        })]),
    };

    private static async Task<(Worker Worker, string Path)> BeginAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        return (worker, $"/v1/tasks/{(await stage.LeaseAsync(worker)).TaskId}/logs");
    }

    private static void Says(WireAnswer answer, params IEnumerable<string> messages) => answer.Must(
        answer.Items("items").Select(line => line.TextAt("message")).SequenceEqual(messages), $"the lines {string.Join(", ", messages)}");

    private static async Task AppendAsync(Stage stage)
    {
        var (worker, path) = await BeginAsync(stage);
        (await worker.PostAsync(path, Lines("one", "two"))).Is(200);
        (await worker.PostAsync(path, Lines("three"))).Is(200);
        foreach (var reader in new[] { worker, stage.Admin }) Says((await reader.GetAsync(path)).Is(200), "one", "two", "three");
    }

    private static async Task AfterAsync(Stage stage)
    {
        var (worker, path) = await BeginAsync(stage);
        var first = (await worker.PostAsync(path, Lines("one"))).Is(200);
        (await worker.PostAsync(path, Lines("two"))).Is(200);
        Says((await worker.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{path}?after={first.Whole("next")}"))).Is(200), "two");
    }

    private static async Task LimitsAsync(Stage stage)
    {
        var (worker, path) = await BeginAsync(stage);
        (await worker.PostAsync(path, Lines(Enumerable.Repeat("x", 501)))).IsProblem(400, "validation_error");
        (await worker.PostAsync(path, Lines(new string('x', (8 * 1024) + 1)))).IsProblem(400, "validation_error");
        (await worker.PostAsync(path, Lines())).IsProblem(400, "validation_error");
        (await worker.PostAsync(path, Lines(Enumerable.Repeat("x", 500)))).Is(200);
        (await worker.PostAsync(path, Lines(new string('x', 8 * 1024)))).Is(200);
    }

    private static async Task HolderAsync(Stage stage)
    {
        var (_, path) = await BeginAsync(stage);
        (await (await stage.WorkerAsync()).PostAsync(path, Lines("not mine"))).Is(403, 404);
    }

    private static async Task FollowAsync(Stage stage)
    {
        var (worker, path) = await BeginAsync(stage);
        (await worker.PostAsync(path, Lines("one"))).Is(200);
        await using var stream = await worker.FollowAsync($"{path}?follow=true&after=0");
        await stream.NextAsync(item => item.Data.Contains("\"one\"", StringComparison.Ordinal), "the line that was there",
            stage.Cancellation);
        (await worker.PostAsync(path, Lines("two"))).Is(200);
        await stream.NextAsync(item => item.Data.Contains("\"two\"", StringComparison.Ordinal), "the line that was added",
            stage.Cancellation);
    }
}
