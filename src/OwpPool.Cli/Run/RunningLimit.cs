namespace OwpPool.Cli.Run;

/// <summary>Ends after a length of time in which this process ran. While it is stopped or its machine is suspended no time counts: what it
/// waits for may come meanwhile, and be heard only when it runs again.</summary>
internal sealed class RunningLimit : IDisposable
{
    /// <summary>What may be counted too much, once.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _disposed = new();

    /// <param name="length">Null = it never ends.</param>
    /// <param name="time">The clock.</param>
    public RunningLimit(TimeSpan? length, TimeProvider time)
    {
        if (length is { } limit) _ = CountAsync(limit, time, _disposed.Token);
    }

    /// <summary>Is cancelled when the time is over.</summary>
    public CancellationToken Token => _over.Token;

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private async Task CountAsync(TimeSpan left, TimeProvider time, CancellationToken disposed)
    {
        for (; left > TimeSpan.Zero; left -= Step)
        {
            await Task.Delay(left < Step ? left : Step, time, disposed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (disposed.IsCancellationRequested) return;
        }
        await _over.CancelAsync();
    }
}
