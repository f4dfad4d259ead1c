using OwpPool.Cli.Output;
using OwpPool.Client;
using Spectre.Console;

namespace OwpPool.Cli.Demo;

/// <summary>A whole demo: import, work, watch, sum up.</summary>
internal sealed class DemoRun(DemoSettings settings, PoolClient admin, IAnsiConsole console, TimeProvider time)
{
    /// <summary>Runs to the end.</summary>
    /// <returns>0 where every task of the file is merged, else 1 with the reason printed.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var backlog = await DemoBacklog.ImportAsync(admin, settings.Repo, settings.TasksPath, ct);
        var count = backlog.Tasks.Count;
        Say($"{settings.Repo}: {backlog.Created} of {count} tasks added, {count - backlog.Created} were there already.");

        var board = new DemoBoard(backlog.Tasks.Select(task => task.TaskId), DemoProfile.Crew, time);
        foreach (var taskId in backlog.In(DemoPhase.Merged)) board.MergedBefore(taskId);
        board.Record(await admin.GetStateAsync(ct));
        if (board.AllMerged.IsCompleted) return AlreadyDone(backlog);

        var crew = await DemoCrew.AssembleAsync(admin, settings.WorkersPath, ct);
        foreach (var taskId in await DemoCrew.FinishReviewsAsync(crew, backlog.In(DemoPhase.PrOpened), ct)) board.MergedBefore(taskId);
        if (board.AllMerged.IsCompleted) return AlreadyDone(backlog);

        var reason = await DemoView.ShowAsync(console, board, () => WorkAsync(crew, board, ct));
        DemoSummary.Write(console, board.Picture());
        Say(reason ?? $"All {count} tasks are merged.");
        return reason is null ? ExitCodes.Done : ExitCodes.Error;
    }

    private int AlreadyDone(DemoBacklog backlog)
    {
        Say($"All {backlog.Tasks.Count} tasks were merged already; nothing was left to do.");
        return ExitCodes.Done;
    }

    /// <summary>Lets the crew work until all is merged.</summary>
    /// <returns>Null, or why not all is.</returns>
    private async Task<string?> WorkAsync(IReadOnlyList<CrewMember> crew, DemoBoard board, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var workers = crew.Select(member =>
            new DemoWorker(member, settings.Repo, board, settings.Speed, time).RunAsync(stop.Token)).ToList();
        var watch = WatchAsync(board, stop.Token);
        try
        {
            var first = await Task.WhenAny([board.AllMerged, watch, .. workers]);
            if (first == board.AllMerged) return null;
            await first;
            return first == watch ? await watch : throw new InvalidOperationException("A worker ended before its work did.");
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll([watch, .. workers]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Keeps the pool's numbers fresh, and ends where the demo cannot.</summary>
    private async Task<string> WatchAsync(DemoBoard board, CancellationToken ct)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var pool = await admin.GetStateAsync(ct);
            board.Record(pool);
            if (time.GetElapsedTime(begun) >= settings.Deadline)
                return $"Stopped after {settings.Deadline.TotalSeconds:0} s with {Left(board)}. {Describe(pool)}";
            if (board.SinceLastStep >= settings.StallLimit)
                return $"No task has moved for {settings.StallLimit.TotalSeconds:0} s, with {Left(board)}. {Describe(pool)}";
            await Task.Delay(TimeSpan.FromMilliseconds(500), time, ct);
        }
    }

    private static string Left(DemoBoard board)
    {
        var picture = board.Picture();
        return $"{picture.Total - picture.Merged} of {picture.Total} tasks not known to be merged";
    }

    private string Describe(PoolState pool)
    {
        var usage = pool.Repositories.FirstOrDefault(repo => string.Equals(repo.Repo, settings.Repo, StringComparison.OrdinalIgnoreCase));
        var budget = usage is null ? "" : $" {usage.Repo} uses {usage.Reserved} of its review budget of {usage.MaxOpenPrs}.";
        return $"The pool has {pool.TasksReady} ready, {pool.TasksLeased} leased, {pool.TasksInProgress} in progress, "
            + $"{pool.TasksBlocked} blocked, {pool.TasksPrOpened} under review, "
            + $"{pool.TasksDeadLetter} given up, {pool.TasksMerged} merged.{budget}";
    }

    private void Say(string line) => console.Profile.Out.Writer.WriteLine(Printable.Of(line));
}
