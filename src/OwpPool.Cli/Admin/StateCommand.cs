using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary><c>owp status</c>, and under the older tool's name <c>owp admin state</c>: the pool in numbers.</summary>
internal static class StateCommand
{
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show it again whenever it changes, until Ctrl-C." };

    private static readonly Column<RepoUsage>[] Repos =
    [
        new("repo", repo => repo.Repo),
        new("budget", repo => $"{repo.Reserved}/{repo.MaxOpenPrs}"),
        new("under review", repo => repo.CurrentOpenPrs),
    ];

    private static readonly Column<PoolState>[] Columns =
    [
        new("online", state => state.WorkersOnline),
        new("ready", state => state.TasksReady),
        new("leased", state => state.TasksLeased),
        new("in progress", state => state.TasksInProgress),
        new("blocked", state => state.TasksBlocked),
        new("under review", state => state.TasksPrOpened),
        new("merged", state => state.TasksMerged),
        new("merged unconfirmed", state => state.TasksMergedUnconfirmed),
        new("dead letters", state => state.TasksDeadLetter),
        new("pool paused", state => state.Paused),
    ];

    public static Command Create(string name) => new Command(name, "Show the pool in numbers.")
    {
        Watch, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<PoolState>());
        using var admin = AdminConnection.Open(invocation);
        if (invocation.Get(Watch))
        {
            var write = invocation.Answer.LineByLine(PoolWire.TypeOf<PoolState>(), Show, Columns);
            return await Following.UntilStoppedAsync(admin.FollowStateAsync(ct), write, ct);
        }
        var state = await admin.GetStateAsync(ct);
        invocation.Answer.Write(state, PoolWire.TypeOf<PoolState>(),
            [.. Columns.Select(column => (column.Header == "online" ? "workers online" : column.Header, column.Value(state)))]);
        invocation.Answer.WriteBelow(state.Repositories, Repos);
        if (state.Paused) invocation.Warn("the pool is paused and hands out nothing; 'owp admin resume' ends that.");
        return ExitCodes.Done;
    }

    private static string Show(PoolState state) => string.Join(
        "  ", Columns.Select(column => $"{column.Header} {Cell.ForPeople(column.Value(state), default)}"));
}
