using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Mcp.Session;
using OwpPool.Cli.Run;

namespace OwpPool.Cli.Mcp;

/// <summary><c>owp mcp</c>: lets an AI coding tool be a worker of the pool.</summary>
internal static class McpCommand
{
    private static readonly TimeSpan UsualHeartbeat = TimeSpan.FromSeconds(30);

    /// <summary>A little less than the time that the process has to end in.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(4);

    private static readonly Option<bool> ReleaseOnExit = new("--release-on-exit")
    {
        Description = "Give all tasks back when the session ends. By default they are kept, because editors end and restart their tools "
            + "at will: a task that was begun stays for some five minutes and a new session goes on with it.",
    };

    public static Command Create() => new Command("mcp",
        "Let an AI coding tool be a worker of the pool: a Model Context Protocol server on stdin and stdout.")
    {
        WorkerConnection.Token, ReleaseOnExit,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        if (invocation.Host.IsInputTerminal)
            invocation.Say("owp mcp speaks with an AI tool on stdin and stdout; let the tool start it (see README.md). Ctrl-D ends it.");
        var time = invocation.Host.Time;
        await using var session = new AgentSession(() => Connect(invocation), time, line => invocation.Say($"owp mcp: {line}"));
        await using var input = Console.OpenStandardInput();
        await using var output = Console.OpenStandardOutput();
        await new McpHost(session, time).RunAsync(input, output, ct);
        using var goodbye = new CancellationTokenSource(Goodbye, time);
        await session.LeaveAsync(invocation.Get(ReleaseOnExit), goodbye.Token);
        return ExitCodes.Done;
    }

    private static AgentConnection Connect(Invocation invocation)
    {
        var connection = WorkerConnection.Open(invocation);
        var seconds = connection.Profile?.HeartbeatIntervalSeconds;
        return new AgentConnection(connection.Client, seconds is > 0 ? TimeSpan.FromSeconds(seconds.Value) : UsualHeartbeat)
        {
            Mask = new SecretMask([.. SecretNames.OfThisProcess(), connection.Secret]),
        };
    }
}
