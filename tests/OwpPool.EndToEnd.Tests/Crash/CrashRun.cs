using System.Diagnostics;
using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>SIGKILL to the real server under load, again and again, and then the question whether anything that it ever said has become
/// untrue.</summary>
internal sealed class CrashRun(CrashPlan plan, string folder, TextWriter output)
{
    private static readonly string[] Repos = ["acme/shop", "acme/blog", "acme/docs", "solo"];

    private readonly History _history = new();
    private readonly Random _dice = new(plan.Seed);
    private readonly int _port = ServerProcess.FreePort();
    private readonly List<TimeSpan> _starts = [];
    private int _killedAtStart;

    private string Database => Path.Combine(folder, "pool.db");

    /// <summary>Runs all rounds and checks.</summary>
    public async Task<CrashReport> RunAsync()
    {
        output.WriteLine($"{plan.Rounds} rounds, {plan.Workers} workers, seed {plan.Seed}");
        var took = Stopwatch.StartNew();
        var server = Start();
        using var stop = new CancellationTokenSource();
        using var caller = new PoolCaller(server.Address, _history, stop.Token);
        var load = Task.WhenAll(Load(caller));
        try
        {
            for (var round = 1; round <= plan.Rounds; round++)
            {
                await MeetMomentAsync(server, load);
                await server.KillAsync();
                await server.DisposeAsync();
                server = Start();
                if (round % 25 == 0)
                    output.WriteLine($"round {round}: {_history.Operations.Count} operations, {took.Elapsed.TotalSeconds:F0} s");
            }
            await server.BecomeReadyAsync();
            // What the last life of the server says must be consistent too.
            await AnswersAsync(200, load);
            await stop.CancelAsync();
            await load;
            var exitCode = await server.TerminateAsync();
            if (exitCode != 0) _history.Violated($"After SIGTERM the server ended with {exitCode}: {server.Errors}");
        }
        finally
        {
            await stop.CancelAsync();
            await server.DisposeAsync();
        }
        var image = await DatabaseImage.ReadAsync(Database);
        return new CrashReport(plan, _history, image, HistoryChecker.Check(_history.Operations, image, CrashPlan.LeaseTtl))
        {
            Took = took.Elapsed, Starts = _starts, KilledAtStart = _killedAtStart,
        };
    }

    private ServerProcess Start() => ServerProcess.Start(GetType().Assembly, Database, _port, CrashPlan.Settings);

    private IEnumerable<Task> Load(PoolCaller caller)
    {
        yield return RunAsync(new AdminTraffic(caller, new Random(plan.Seed + 1), Repos, meddles: true).RunAsync);
        yield return RunAsync(new AdminTraffic(caller, new Random(plan.Seed + 2), Repos, meddles: false).RunAsync);
        for (var i = 0; i < plan.Workers; i++)
            yield return RunAsync(new WorkerTraffic(caller, $"worker {i}", new Random(plan.Seed + 3 + i), Repos).RunAsync);

        Task RunAsync(Func<Task> traffic) => Task.Run(async () =>
        {
            try
            {
                await traffic();
            }
            catch (OperationCanceledException) when (caller.Stop.IsCancellationRequested)
            {
                // The end of the run.
            }
        });
    }

    /// <summary>Returns at the moment of the next kill: in one of eight rounds while the server starts, else after some of its answers, a
    /// few or many.</summary>
    private async Task MeetMomentAsync(ServerProcess server, Task load)
    {
        if (_dice.Next(8) == 0)
        {
            _killedAtStart++;
            await Task.Delay(TimeSpan.FromMilliseconds(_dice.Next(1500)));
            return;
        }
        var began = Stopwatch.GetTimestamp();
        await server.BecomeReadyAsync();
        _starts.Add(Stopwatch.GetElapsedTime(began));
        await AnswersAsync(_dice.Next(_dice.Next(2) == 0 ? 50 : 1500), load);
    }

    private async Task AnswersAsync(int count, Task load)
    {
        var target = _history.Answered + count;
        await Eventually.TrueAsync(() => _history.Answered >= target || load.IsCompleted, "the load goes on");
        if (load.IsCompleted) await load;
    }
}
