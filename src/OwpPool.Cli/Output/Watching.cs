using System.CommandLine;
using System.Threading.Channels;
using OwpPool.Cli.Connections;
using OwpPool.Client;

namespace OwpPool.Cli.Output;

/// <summary>Shows the same again whenever something changes in the pool: <c>--watch</c>.</summary>
internal static class Watching
{
    /// <summary>Some changes are no events, such as how long ago something was.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Many events come together; between two looks there is at least this much time.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);

    private const string ToTheTop = "\u001b[H\u001b[2J";

    public static readonly Option<bool> Watch = new("--watch", "-w")
    {
        Description = "Show it again whenever it changes, until Ctrl-C. Not on a terminal: only the lines that changed.",
    };

    /// <summary>Makes a function that shows something the action of a command that can go on showing it.</summary>
    public static Command Shows(this Command command, Func<Invocation, CancellationToken, Task<int>> show)
    {
        command.Add(Watch);
        return command.Runs((invocation, ct) => invocation.Get(Watch) ? RunAsync(invocation, show, ct) : show(invocation, ct));
    }

    private static async Task<int> RunAsync(
        Invocation invocation, Func<Invocation, CancellationToken, Task<int>> show, CancellationToken ct)
    {
        if (!AdminConnection.HasToken(invocation))
            throw new NoTokenException($"--watch follows the pool's events, which only the admin token opens: set {AdminConnection.Variable}.");
        using var admin = AdminConnection.Open(invocation);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var listening = ListenAsync(admin, changes.Writer, end.Token);
        try
        {
            for (var before = ""; ;)
            {
                var now = await CaptureAsync(invocation, show, ct);
                Write(invocation, before, now);
                before = now;
                await Task.Delay(Shortest, invocation.Host.Time, ct);
                await WaitAsync(changes.Reader, listening, invocation.Host.Time, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Nobody can see the end of it otherwise.
            return ExitCodes.Done;
        }
        finally
        {
            await end.CancelAsync();
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ListenAsync(PoolClient admin, ChannelWriter<bool> changes, CancellationToken ct)
    {
        await foreach (var _ in admin.FollowEventsAsync(null, ct)) changes.TryWrite(true);
    }

    /// <summary>Until something happened or enough time has passed.</summary>
    private static async Task WaitAsync(ChannelReader<bool> changes, Task listening, TimeProvider time, CancellationToken ct)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task change = changes.ReadAsync(wait.Token).AsTask();
        var first = await Task.WhenAny(change, listening, Task.Delay(Longest, time, wait.Token));
        await wait.CancelAsync();
        await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (first == listening) await listening;
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>What the command would write, on a terminal with what it says below.</summary>
    private static async Task<string> CaptureAsync(
        Invocation invocation, Func<Invocation, CancellationToken, Task<int>> show, CancellationToken ct)
    {
        var host = invocation.Host;
        var (output, error) = (host.Output, host.Error);
        using var captured = new StringWriter();
        (host.Output, host.Error) = (captured, host.IsOutputTerminal ? captured : TextWriter.Null);
        try
        {
            await show(invocation, ct);
            invocation.Answer.Finish();
        }
        finally
        {
            (host.Output, host.Error) = (output, error);
        }
        return captured.ToString();
    }

    private static void Write(Invocation invocation, string before, string now)
    {
        if (now == before) return;
        if (invocation.Host.IsOutputTerminal)
        {
            invocation.Output.Write(ToTheTop + now);
        }
        else
        {
            var known = before.Split('\n').ToHashSet(StringComparer.Ordinal);
            foreach (var line in now.Split('\n').Where(line => !known.Contains(line))) invocation.Output.WriteLine(line);
        }
        invocation.Output.Flush();
    }
}
