using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Simulated workers, one or many.</summary>
internal sealed class SimulatedCrew(RunnerSettings taking, SimulationSettings simulation, Action<RunStep> report, TimeProvider time)
{
    private int _idleTold;

    /// <summary>One, who is registered already.</summary>
    public Task<RunSummary> RunAsync(Uri server, string token, RunSignals signals) =>
        new SimulatedWorker(server, token, taking, simulation, report, time).RunAsync(signals);

    /// <summary>Many, who register first. Another one takes the place of each that vanishes.</summary>
    /// <param name="pool">Registers them.</param>
    /// <param name="server">Its address.</param>
    /// <param name="count">How many at once.</param>
    /// <param name="profile">What each of them is; a number is added to the name.</param>
    /// <param name="signals">Ends all of them.</param>
    public Task<RunSummary[]> RunAsync(PoolClient pool, Uri server, int count, RegisterRequest profile, RunSignals signals) =>
        Task.WhenAll(Enumerable.Range(1, count).Select(number => RunOneAsync(pool, server, number, profile, signals)));

    private async Task<RunSummary> RunOneAsync(PoolClient pool, Uri server, int number, RegisterRequest profile, RunSignals signals)
    {
        var lives = new List<Task<RunSummary>>();
        do
        {
            var name = FormattableString.Invariant($"{profile.Name}-{number}{(lives.Count == 0 ? "" : $".{lives.Count + 1}")}");
            if (await RegisterAsync(pool, profile with { Name = name }, signals) is not { } registered) break;
            var every = TimeSpan.FromSeconds(Math.Max(1, registered.HeartbeatIntervalSeconds));
            var pace = taking with { HeartbeatEvery = every < taking.HeartbeatEvery ? every : taking.HeartbeatEvery };
            var worker = new SimulatedWorker(server, registered.Token, pace, simulation, step => Tell(step with { Worker = name }), time);
            var life = worker.RunAsync(signals);
            lives.Add(life);
            await Task.WhenAny(life, worker.Vanished);
            if (!worker.Vanished.IsCompleted) break;
            report(new RunStep(time.GetUtcNow(), Steps.Vanished) { Worker = name });
        }
        while (!signals.Drain.IsCancellationRequested);
        return RunSummary.Of(await Task.WhenAll(lives));
    }

    /// <summary>Why there is no work, all of them would say in the same words.</summary>
    private void Tell(RunStep step)
    {
        if (step.Step is Steps.Waiting && Interlocked.Exchange(ref _idleTold, 1) == 1) return;
        report(step);
    }

    /// <returns>Null where nobody is wanted any more.</returns>
    private static async Task<RegisterReply?> RegisterAsync(PoolClient pool, RegisterRequest profile, RunSignals signals)
    {
        try
        {
            return await pool.RegisterAsync(profile, signals.Drain);
        }
        catch (OperationCanceledException) when (signals.Drain.IsCancellationRequested)
        {
            return null;
        }
    }
}
