using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Tells the pool that the worker lives, which renews its leases, and learns which of them are gone.</summary>
internal sealed class Heartbeats(
    PoolClient pool, LeaseBook book, Patience patience, TimeSpan every, Action<RunStep> report, TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    private string? _quiet;
    private bool _isPaused;
    private bool _hasSpoken;
    private string? _pauseNote;
    private volatile TaskCompletionSource? _untold;
    private volatile TaskCompletionSource _wanted = NewSignal();

    /// <summary>Takes nothing new: the pool is told so.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Beats until cancelled.</summary>
    /// <exception cref="PoolProblemException">The pool does not know this worker any more.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var wanted = _wanted;
            await BeatAsync(ct);
            // The pool renews a lease with less than half its time left: two beats at least must fall into that half.
            var next = book.ShortestRemaining is { } remaining && remaining / 4 < every ? remaining / 4 : every;
            await WaitAsync(next < Shortest ? Shortest : next, wanted.Task, ct);
        }
    }

    /// <summary>One heartbeat, repeated until it is answered.</summary>
    public Task BeatAsync(CancellationToken ct) => patience.AskAsync(async inner =>
    {
        var untold = _untold;
        // Who starts a worker wants it to work, whatever was said before.
        if (untold is not null) _isPaused = true;
        else if (_hasSpoken && !IsDraining) TellOfPause(await OwnPause.IsOnAsync(pool, inner));
        var askedAt = time.GetTimestamp();
        var reply = await pool.HeartbeatAsync(new HeartbeatRequest(Status) { Note = untold is null ? null : _pauseNote }, inner);
        _hasSpoken = true;
        if (untold is not null)
        {
            Interlocked.CompareExchange(ref _untold, null, untold);
            untold.TrySetResult();
        }
        book.Compare(reply, askedAt);
        TellOfQuiet(PoolPause.WhyOf(reply));
        return reply;
    }, ct);

    /// <summary>Takes no new work from now on, until <c>owp worker resume</c>.</summary>
    /// <param name="note">Why, for the maintainers; up to 500 characters.</param>
    public void Pause(string note)
    {
        _pauseNote = note;
        _untold = NewSignal();
        Soon();
    }

    /// <summary>Waits until the pool knows of a pause that was asked for here; before that it would go on giving work.</summary>
    public Task ToldOfPauseAsync(CancellationToken ct) => _untold?.Task.WaitAsync(ct) ?? Task.CompletedTask;

    /// <summary>Beats now instead of later.</summary>
    public void Soon() => Interlocked.Exchange(ref _wanted, NewSignal()).TrySetResult();

    private void TellOfQuiet(string? reason)
    {
        if (reason == _quiet) return;
        _quiet = reason;
        Warn(reason ?? "This worker gets work again.");
    }

    private void TellOfPause(bool isPaused)
    {
        if (isPaused == _isPaused) return;
        _isPaused = isPaused;
        Warn(isPaused ? "Paused: it gets no new work until 'owp worker resume'." : "Resumed: this worker gets work again.");
    }

    private void Warn(string note) => report(new RunStep(time.GetUtcNow(), Steps.Warning) { Note = note });

    private WorkerStatus Status =>
        IsDraining || _isPaused ? WorkerStatus.Paused : book.Count > 0 ? WorkerStatus.Working : WorkerStatus.Idle;

    private async Task WaitAsync(TimeSpan length, Task wanted, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(Task.Delay(length, time, over.Token), wanted);
        await over.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
