using OwpPool.Cli.Output;
using OwpPool.Client;
using Spectre.Console;

namespace OwpPool.Cli.Tasks;

/// <summary>Shows on a terminal how far an import has come: the pool adds the tasks one after the other once it has taken all of them.
/// </summary>
internal static class ImportProgress
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <param name="invocation">The command.</param>
    /// <param name="admin">Is asked how many tasks there are by now.</param>
    /// <param name="count">How many will be there; null = nobody knows.</param>
    /// <param name="import">The import.</param>
    /// <param name="ct">Ends the looking.</param>
    public static async Task<T> ShowAsync<T>(
        Invocation invocation, PoolClient admin, int? count, Func<Task<T>> import, CancellationToken ct)
    {
        if (!invocation.Host.IsErrorTerminal || count is null) return await import();
        var before = await TotalAsync(admin, ct);
        T result = default!;
        await Screen.OfErrors(invocation.Host).Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask($"{count:N0} tasks", maxValue: count.Value);
                var work = import();
                while (await Task.WhenAny(work, Task.Delay(Look, ct)) != work) bar.Value = await TotalAsync(admin, ct) - before;
                result = await work;
                bar.Value = count.Value;
            });
        return result;
    }

    /// <summary>New tasks are ready or wait for others; those that leave meanwhile only slow the bar.</summary>
    private static async Task<int> TotalAsync(PoolClient admin, CancellationToken ct)
    {
        var state = await admin.GetStateAsync(ct);
        return state.TasksReady + state.TasksLeased + state.TasksInProgress + state.TasksBlocked + state.TasksPrOpened + state.TasksMerged;
    }
}
