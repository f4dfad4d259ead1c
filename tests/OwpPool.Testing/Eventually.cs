using System.Diagnostics;

namespace OwpPool.Testing;

/// <summary>Waits for what must come true, for as long as a loaded machine may need; never sleeps for a fixed time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstStep = TimeSpan.FromMilliseconds(2);

    /// <summary>Of the time waited so far: a long wait looks less often, so that looking does not take the CPU from what it waits for.</summary>
    private const int StepsOfAWait = 32;

    /// <summary>Returns when the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within a minute.</exception>
    public static Task TrueAsync(Func<bool> condition, string? what = null) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Returns when the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within a minute.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string? what = null)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition().ConfigureAwait(false))
        {
            if (waited.Elapsed > Patience) throw new TimeoutException($"Did not come true: {what ?? "the condition"}.");
            var step = waited.Elapsed / StepsOfAWait;
            await Task.Delay(step > FirstStep ? step : FirstStep).ConfigureAwait(false);
        }
    }
}
