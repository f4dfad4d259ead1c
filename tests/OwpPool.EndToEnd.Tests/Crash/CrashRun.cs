using System.Diagnostics;
using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>SIGKILL to the real server under load, again and again, and then the question whether anything that it ever said has become
/// untrue.</summary>
internal sealed class CrashRun(CrashPlan plan, string folder, TextWriter output)
{
    private readonly Random _dice = new(plan.Seed);
    private readonly int _port = TestPorts.Take();
    private readonly List<TimeSpan> _starts = [];
    private int _killedAtStart;

    private string Database => Path.Combine(folder, "pool.db");

    /// <summary>Runs all rounds and checks.</summary>
    public async Task<CrashReport> RunAsync()
    {
        output.WriteLine($"{plan.Rounds} rounds, {plan.Workers} workers, seed {plan.Seed}");
        var took = Stopwatch.StartNew();
        var server = Start();
        await using var load = new PoolLoad(server.Address, plan.Workers, plan.Seed);
        var history = load.History;
        try
        {
            for (var round = 1; round <= plan.Rounds; round++)
            {
                await MeetMomentAsync(server, load);
                await server.KillAsync();
                await server.DisposeAsync();
                server = Start();
                if (round % 25 == 0)
                    output.WriteLine($"round {round}: {history.Operations.Count} operations, {took.Elapsed.TotalSeconds:F0} s");
            }
            await server.BecomeReadyAsync();
            // What the last life of the server says must be consistent too.
            await load.AnswersAsync(200);
            await load.StopAsync();
            var exitCode = await server.TerminateAsync();
            if (exitCode != 0) history.Violated($"After SIGTERM the server ended with {exitCode}: {server.Errors}");
        }
        finally
        {
            await server.DisposeAsync();
        }
        var image = await DatabaseImage.ReadAsync(Database);
        return new CrashReport(plan, history, image, HistoryChecker.Check(history.Operations, image, CrashPlan.LeaseTtl))
        {
            Took = took.Elapsed, Starts = _starts, KilledAtStart = _killedAtStart,
        };
    }

    private ServerProcess Start() => ServerProcess.Start(GetType().Assembly, Database, _port, CrashPlan.Settings);

    /// <summary>Returns at the moment of the next kill: in one of eight rounds while the server starts, else after some of its answers, a
    /// few or many.</summary>
    private async Task MeetMomentAsync(ServerProcess server, PoolLoad load)
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
        await load.AnswersAsync(_dice.Next(_dice.Next(2) == 0 ? 50 : plan.MostAnswers));
    }
}
