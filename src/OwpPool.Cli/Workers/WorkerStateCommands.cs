using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary><c>owp worker pause</c> and <c>resume</c>: the worker's own word on whether it wants new work.</summary>
internal static class WorkerStateCommands
{
    private static readonly Option<string?> Note = new("--message", "-m") { Description = "A word to the maintainers.", HelpName = "text" };

    public static Command CreatePause() => Create("pause", "Take no new work for now; leases are kept.", WorkerStatus.Paused);

    public static Command CreateResume() => Create("resume", "Take new work again.", WorkerStatus.Idle);

    private static Command Create(string name, string description, WorkerStatus status) => new Command(name, description)
    {
        Note, WorkerConnection.Token, Answer.Json,
    }.Runs((invocation, ct) => RunAsync(invocation, status, ct));

    private static async Task<int> RunAsync(Invocation invocation, WorkerStatus status, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<HeartbeatReply>());
        using var connection = WorkerConnection.Open(invocation);
        var reply = await connection.Client.HeartbeatAsync(new HeartbeatRequest(status) { Note = invocation.Get(Note) }, ct);
        invocation.Answer.Write(reply, PoolWire.TypeOf<HeartbeatReply>(), ("status", reply.Status), ("leases", reply.Leases.Count));
        if (status is not WorkerStatus.Paused && PoolPause.WhyOf(reply) is { } reason) invocation.Say(reason);
        return ExitCodes.Done;
    }
}
