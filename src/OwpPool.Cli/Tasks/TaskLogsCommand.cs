using System.CommandLine;
using System.Globalization;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary><c>owp task logs</c>: what the worker says.</summary>
internal static class TaskLogsCommand
{
    private const int PageSize = 200;

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Stream new lines until Ctrl-C." };

    private static readonly Column<LogLine>[] Columns =
    [
        new("at", line => line.At),
        new("level", line => line.Level),
        new("stage", line => line.Stage),
        new("message", line => line.Message),
    ];

    public static Command Create() => new Command("logs", "Show the log of a task, oldest line first.")
    {
        TaskOptions.Id, Follow, AdminConnection.Token, WorkerConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var writer = invocation.Answer.LineByLine(PoolWire.TypeOf<LogLine>(), Show, Columns);
        using var reader = ReaderConnection.Open(invocation);
        var pool = reader.Pool;
        var taskId = await Lookup.TaskAsync(pool, invocation.Get(TaskOptions.Id)!, ct);
        if (invocation.Get(Follow)) return await Following.UntilStoppedAsync(pool.FollowLogsAsync(taskId, 0, ct), writer, ct);
        for (var (after, any) = (0L, false); ;)
        {
            var page = await pool.GetLogsAsync(taskId, after, PageSize, ct);
            foreach (var line in page.Items) writer(line);
            any |= page.Items.Count > 0;
            if (!any) invocation.Say("No log lines.");
            if (page.NextCursor is null) return ExitCodes.Done;
            after = page.Next;
        }
    }

    private static string Show(LogLine line) => string.Create(CultureInfo.InvariantCulture,
        $"{line.At.ToLocalTime():HH:mm:ss}  {line.Level,-5}  {(line.Stage is null ? "" : line.Stage + ": ")}{line.Message}");
}
