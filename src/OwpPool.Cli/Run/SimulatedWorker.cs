using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A simulated worker over HTTP. It can vanish as a real one does whose machine is switched off: from then on nothing of it
/// reaches the pool.</summary>
/// <param name="server">The pool.</param>
/// <param name="token">The worker's.</param>
/// <param name="taking">How it takes work.</param>
/// <param name="simulation">How it works.</param>
/// <param name="report">Learns each step.</param>
/// <param name="time">The clock.</param>
internal sealed class SimulatedWorker(
    Uri server, string token, RunnerSettings taking, SimulationSettings simulation, Action<RunStep> report, TimeProvider time)
{
    private readonly TaskCompletionSource _vanished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it vanishes; what is left of it takes a little longer to end.</summary>
    public Task Vanished => _vanished.Task;

    /// <summary>Works until told to end, or until it vanishes.</summary>
    public async Task<RunSummary> RunAsync(RunSignals signals)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(signals.Stop);
        using var line = new Line();
        using var pool = PoolClient.Over(line, server, new PoolClientOptions { WorkerToken = token, TimeProvider = time });
        var work = new SimulatedWork(simulation, Vanish, time);
        using var runner = new WorkerRunner(pool, taking, work, Tell, time);
        return await runner.RunAsync(signals with { Stop = gone.Token });

        void Vanish()
        {
            line.IsCut = true;
            _vanished.TrySetResult();
            gone.Cancel();
        }

        // Who has vanished says nothing.
        void Tell(RunStep step)
        {
            if (!line.IsCut) report(step);
        }
    }

    /// <summary>The way to the pool, which can be cut.</summary>
    private sealed class Line() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        public volatile bool IsCut;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Neither an answer nor an error: that is how it looks when the other end is gone.
            if (IsCut) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
