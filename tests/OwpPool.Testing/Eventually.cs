using System.Diagnostics;

namespace OwpPool.Testing;

/// <summary>Waits for what must come true, for as long as a loaded machine may need; never sleeps for a fixed time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(2);

    /// <summary>Each pause is the time waited so far, divided by this: a long wait looks less often, so that looking does not take the CPU
    /// from what it waits for.</summary>
    private const int PausesOfAWait = 32;

    /// <summary>Returns when the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within a minute.</exception>
    public static Task TrueAsync(Func<bool> condition, string? what = null) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Returns when the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within a minute.</exception>
    public static Task TrueAsync(Func<Task<bool>> condition, string? what = null) => WaitAsync(condition, what, static waited =>
    {
        var pause = waited / PausesOfAWait;
        return pause > ShortestPause ? pause : ShortestPause;
    });

    /// <summary>Returns when the condition holds; after each look at which it does not, the test's clock is moved on.</summary>
    /// <param name="pass">Moves that clock on by a little.</param>
    /// <exception cref="TimeoutException">It did not within a minute.</exception>
    public static Task TrueInTimeAsync(Action pass, Func<Task<bool>> condition, string? what = null)
    {
        return TrueInTimeAsync(PassAsync, condition, what);

        Task PassAsync()
        {
            pass();
            return Task.CompletedTask;
        }
    }

    /// <summary>Returns when the condition holds; the clock goes on meanwhile. A timer that is armed while a test moves the clock may be due
    /// later by that move, so waiting on a clock that stands still may never end.</summary>
    /// <param name="step">How far the clock goes on after each look; null = 100 ms.</param>
    /// <exception cref="TimeoutException">It did not within a minute.</exception>
    public static Task TrueInTimeAsync(ManualTimeProvider clock, Func<Task<bool>> condition, string? what = null, TimeSpan? step = null) =>
        TrueInTimeAsync(() => clock.Advance(step ?? TimeSpan.FromMilliseconds(100)), condition, what);

    /// <inheritdoc cref="TrueInTimeAsync(Action, Func{Task{bool}}, string?)" />
    public static Task TrueInTimeAsync(Func<Task> pass, Func<Task<bool>> condition, string? what = null) => WaitAsync(async () =>
    {
        if (await condition().ConfigureAwait(false)) return true;
        await pass().ConfigureAwait(false);
        return false;
    }, what, static _ => ShortestPause);

    private static async Task WaitAsync(Func<Task<bool>> condition, string? what, Func<TimeSpan, TimeSpan> pause)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition().ConfigureAwait(false))
        {
            if (waited.Elapsed > Patience) throw new TimeoutException($"Did not come true: {what ?? "the condition"}.");
            await Task.Delay(pause(waited.Elapsed)).ConfigureAwait(false);
        }
    }
}
