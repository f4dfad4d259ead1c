using OwpPool.Cli.Run;
using OwpPool.Client;

namespace OwpPool.Cli.Demo;

/// <summary>A simulated worker whose steps are on the board.</summary>
internal sealed class DemoWorker(CrewMember member, string repo, DemoBoard board, double speed, TimeProvider time)
{
    private static readonly SimulationSettings Pace = new()
    {
        StartDelay = TimeSpan.FromMilliseconds(250),
        OpenDelay = TimeSpan.FromMilliseconds(400),
        DelayPerPoint = TimeSpan.FromMilliseconds(200),
        Merge = true,
        MergeDelay = TimeSpan.FromMilliseconds(900),
    };

    /// <summary>Works until cancelled; ends earlier only by an exception.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var taking = new RunnerSettings
        {
            Concurrency = member.Profile.MaxConcurrentTasks,
            // Nothing of other repos is pretended to be worked on.
            Repos = [repo],
            HeartbeatEvery = member.Heartbeat,
            // Short enough to notice budget that another worker has freed, long enough not to be polling.
            PollEvery = TimeSpan.FromSeconds(2),
        };
        var work = new SimulatedWork(Pace with { Speed = speed }, static () => { }, time);
        using var runner = new WorkerRunner(member.Client, taking, work, Record, time);
        await runner.RunAsync(new RunSignals(ct, ct));
    }

    private void Record(RunStep step)
    {
        if (step.Lease is not { } lease) return;
        var task = new DemoTask(lease.TaskId, lease.Title, lease.EstimatePoints, lease.Area);
        switch (step.Step)
        {
            case Steps.Leased or Steps.InProgress or Steps.PrOpened or Steps.Merged:
                board.Record(member.Profile.Name, task, step.Step, step.Note);
                break;
            case Steps.Lost or Steps.Released or Steps.Failed:
                board.Record(member.Profile.Name, task, DemoPhase.Lost, step.Note);
                break;
        }
    }
}
