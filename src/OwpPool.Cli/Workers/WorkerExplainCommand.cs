using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary><c>owp worker explain</c>: why there is no work.</summary>
internal static class WorkerExplainCommand
{
    private static readonly Argument<string?> Task = new("task")
    {
        Description = "A task's id: why this worker does not get it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Column<RepoExplanation>[] Repos =
    [
        new("repo", repo => repo.Repo),
        new("ready", repo => repo.Ready),
        new("takeable", repo => repo.Takeable),
        new("budget", repo => $"{repo.BudgetUsed}/{repo.MaxOpenPrs}"),
        new("why not", Explanations.WhyNot) { Wraps = true },
    ];

    public static Command Create() => new Command("explain", "Say why this worker gets no work, or not a certain task. Changes nothing.")
    {
        Task, WorkerConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        using var connection = WorkerConnection.Open(invocation);
        var why = await connection.Client.ExplainWorkAsync(await TaskOfAsync(invocation, ct), ct);
        (string, object?)[] lines =
        [
            ("answer", why.Message),
            ("takes work", why.Available),
            ("free", $"{why.FreePoints} points, {why.FreeSlots} tasks"),
        ];
        if (why.Task is { } task)
            lines = [.. lines, ("task", task.TaskId), ("status", task.Phase), ("could have it", task.Eligible), ("reason", task.Reason)];
        invocation.Answer.Write(why, PoolWire.TypeOf<WorkExplanation>(), lines);
        if (why.Task is null) invocation.Answer.WriteBelow(why.Repos, Repos);
        return ExitCodes.Done;
    }

    private static async Task<string?> TaskOfAsync(Invocation invocation, CancellationToken ct)
    {
        if (invocation.Get(Task) is not { } given) return null;
        using var reader = ReaderConnection.Open(invocation, saysSo: false);
        return await Lookup.TaskAsync(reader.Pool, given, ct);
    }
}
