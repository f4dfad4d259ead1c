using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary><c>owp task move</c>: another place among the ready tasks of the repo.</summary>
internal static class TaskMoveCommand
{
    private static readonly Option<bool> Front = new("--front") { Description = "Before all others." };
    private static readonly Option<bool> Back = new("--back") { Description = "Behind all others." };
    private static readonly Option<string?> Before = new("--before") { Description = "Right before this ready task.", HelpName = "t_…" };

    public static Command Create() => new Command("move", "Move a ready task among the others of its repo.")
    {
        TaskOptions.Id, Front, Back, Before, Reason.Optional, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<MovedTask>());
        var (front, back, before) = (invocation.Get(Front), invocation.Get(Back), invocation.Get(Before));
        if ((front ? 1 : 0) + (back ? 1 : 0) + (before is null ? 0 : 1) != 1)
            throw new UsageException("Say where to: one of --front, --back and --before t_…");
        var position = new PositionRequest
        {
            Position = front ? "front" : back ? "back" : null,
            Before = before,
            Reason = invocation.Get(Reason.Optional),
        };
        using var admin = AdminConnection.Open(invocation);
        var id = await Lookup.TaskAsync(admin, invocation.Get(TaskOptions.Id)!, ct);
        if (before is not null) position = position with { Before = await Lookup.TaskAsync(admin, before, ct) };
        var moved = await admin.MoveTaskAsync(id, position, ct);
        invocation.Answer.Write(moved, PoolWire.TypeOf<MovedTask>(),
            ("task", moved.TaskId), ("ahead of it", moved.Ahead), ("priority", moved.Priority));
        return ExitCodes.Done;
    }
}
