namespace OwpPool.Cli.Run;

/// <summary>A place among the tasks that run at once, taken or not. Used by one task at a time.</summary>
internal sealed class Slot(SemaphoreSlim slots, bool isTaken) : IDisposable
{
    private bool _isTaken = isTaken;

    /// <summary>Waits for one, if it is not taken already.</summary>
    public async Task TakeAsync(CancellationToken ct)
    {
        if (_isTaken) return;
        await slots.WaitAsync(ct);
        _isTaken = true;
    }

    /// <summary>Lets another task have it.</summary>
    public void Dispose()
    {
        if (!_isTaken) return;
        _isTaken = false;
        slots.Release();
    }
}
