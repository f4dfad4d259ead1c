using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>Workers and maintainers at work against one address, whatever happens to the server behind it.</summary>
internal sealed class PoolLoad : IAsyncDisposable
{
    private static readonly string[] Repos = ["acme/shop", "acme/blog", "acme/docs", "solo"];

    private readonly CancellationTokenSource _stop = new();
    private readonly PoolCaller _caller;
    private readonly Task _traffic;

    /// <param name="address">Of the server.</param>
    /// <param name="workers">How many clients ask for work.</param>
    /// <param name="seed">Of what they ask.</param>
    public PoolLoad(Uri address, int workers, int seed)
    {
        _caller = new PoolCaller(address, History, _stop.Token);
        _traffic = Task.WhenAll(
        [
            RunAsync(new AdminTraffic(_caller, new Random(seed + 1), Repos, meddles: true).RunAsync),
            RunAsync(new AdminTraffic(_caller, new Random(seed + 2), Repos, meddles: false).RunAsync),
            .. Enumerable.Range(0, workers)
                .Select(i => RunAsync(new WorkerTraffic(_caller, $"worker {i}", new Random(seed + 3 + i), Repos).RunAsync)),
        ]);
    }

    public History History { get; } = new();

    /// <summary>Returns when so many more answers have said yes or no.</summary>
    public Task AnswersAsync(int count) => MoreAsync(() => History.Answered, count, "the load goes on");

    /// <summary>Returns when so many more answers have said 503.</summary>
    public Task OutagesAsync(int count) => MoreAsync(() => History.Outages, count, "requests are answered 503");

    /// <summary>Ends the traffic; what is under way then has an unknown outcome.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _traffic;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _caller.Dispose();
        _stop.Dispose();
    }

    private async Task MoreAsync(Func<long> count, int more, string what)
    {
        var target = count() + more;
        await Eventually.TrueAsync(() => count() >= target || _traffic.IsCompleted, what);
        if (_traffic.IsCompleted) await _traffic;
    }

    private Task RunAsync(Func<Task> traffic) => Task.Run(async () =>
    {
        try
        {
            await traffic();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end of the run.
        }
    });
}
