using System.Runtime.InteropServices;

namespace OwpPool.Cli.Run;

/// <summary>Ctrl-C and SIGTERM: the first lets a worker drain, the second stops it, a third ends the process as usual. A terminal that is
/// closed lets it drain.</summary>
internal sealed class EndSignals : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<bool> _told;
    private int _count;

    /// <param name="told">Learns of the first (false) and of the second (true).</param>
    /// <param name="ct">Stops too.</param>
    public EndSignals(Action<bool> told, CancellationToken ct)
    {
        _told = told;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Take));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, TakeHangUp));
    }

    public RunSignals Signals => new(_drain.Token, _stop.Token);

    /// <summary>Whether the worker was told to stop.</summary>
    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>Runs what may be broken off before it has begun.</summary>
    public async Task<int> GuardAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException) when (_drain.IsCancellationRequested || _stop.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _drain.Dispose();
        _stop.Dispose();
    }

    private void Take(PosixSignalContext signal)
    {
        var count = Interlocked.Increment(ref _count);
        signal.Cancel = count <= 2;
        if (count <= 2) _told(count == 2);
        if (count == 1) _drain.Cancel();
        if (count == 2) _stop.Cancel();
    }

    private void TakeHangUp(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (Interlocked.CompareExchange(ref _count, 1, 0) == 0) _drain.Cancel();
    }
}
