namespace OwpPool.Server.GitHub;

/// <summary>Wakes one waiter: there is something to do. Rung while nobody waits, the next wait ends at once.</summary>
internal sealed class Bell : IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    /// <summary>Ends the wait of this moment, or the next one.</summary>
    public void Ring()
    {
        if (_rung.CurrentCount > 0) return;
        try
        {
            _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // Rung by another in the same instant; one wake-up serves both.
        }
    }

    /// <summary>Returns when it is rung, at the latest after the limit.</summary>
    public async Task WaitAsync(TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var rung = _rung.WaitAsync(rest.Token);
        await Task.WhenAny(rung, Task.Delay(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, clock, rest.Token));
        await rest.CancelAsync();
        await ((Task)rung).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc />
    public void Dispose() => _rung.Dispose();
}
