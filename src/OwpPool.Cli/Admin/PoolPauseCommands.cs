using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary><c>owp admin pause</c> and <c>resume</c>: whether the whole pool hands out anything.</summary>
internal static class PoolPauseCommands
{
    private static readonly Option<string?> Note = new("--note")
    {
        Description = "Why, up to 500 characters; workers are told.",
        HelpName = "text",
    };

    private static readonly Option<string?> Until = new("--until")
    {
        Description = "Resume by itself at this instant or day [never].",
        HelpName = "time",
    };

    public static Command CreatePause() => new Command("pause", "Stop granting tasks in the whole pool; leases and reviews continue.")
    {
        Note, Until, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) =>
    {
        var until = Instants.Of(invocation, Until);
        return RunAsync(invocation, admin => admin.PauseAsync(invocation.Get(Note), until, ct));
    });

    public static Command CreateResume() => new Command("resume", "Grant tasks again in the whole pool.")
    {
        AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) => RunAsync(invocation, admin => admin.ResumeAsync(ct)));

    private static async Task<int> RunAsync(Invocation invocation, Func<PoolClient, Task<PoolPauseReply>> act)
    {
        invocation.Answer.Check(PoolWire.TypeOf<PoolPauseReply>());
        using var admin = AdminConnection.Open(invocation);
        var reply = await act(admin);
        invocation.Answer.Write(reply, PoolWire.TypeOf<PoolPauseReply>(), ("pool paused", reply.Paused), ("until", reply.Until));
        return ExitCodes.Done;
    }
}
