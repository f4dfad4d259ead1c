using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Says once that a worker has no work, and why: silence looks like a fault.</summary>
/// <param name="pool">With the worker's token.</param>
/// <param name="repos">Those that the worker serves; none = any.</param>
/// <param name="report">Learns it.</param>
/// <param name="time">The clock.</param>
internal sealed class IdleWord(PoolClient pool, IReadOnlyList<string> repos, Action<RunStep> report, TimeProvider time)
{
    private bool _isTold;

    /// <summary>Asks the pool why, at the first call only.</summary>
    public async Task TellAsync(CancellationToken ct)
    {
        if (_isTold) return;
        _isTold = true;
        report(new RunStep(time.GetUtcNow(), Steps.Waiting) { Note = await WhyAsync(ct) });
    }

    /// <summary>A pool that cannot say why is waited for all the same.</summary>
    private async Task<string> WhyAsync(CancellationToken ct)
    {
        try
        {
            return Explanations.InOneLine(await pool.ExplainWorkAsync(null, ct), repos);
        }
        catch (Exception failure) when (failure is PoolProblemException or HttpRequestException or TimeoutException)
        {
            return $"No work now. The pool could not say why: {failure.Message}";
        }
    }
}
