using System.Net;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Goes on asking a pool that is away or busy, and tells once that it is and once that it is back.</summary>
internal sealed class Patience(TimeProvider time, Action<RunStep> report)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private bool _isAway;

    /// <summary>Repeats a call that can do no harm twice until it is answered.</summary>
    /// <param name="call">With a key of its own, where it needs one.</param>
    /// <param name="ct">Ends the patience, by <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="PoolProblemException">The pool answers that it will not.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        for (var pause = Pause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var answer = await call(ct);
                IsBack();
                return answer;
            }
            catch (Exception failure) when (IsPassing(failure) && !ct.IsCancellationRequested)
            {
                IsAway(failure);
                pause = failure is PoolProblemException { RetryAfter: { } asked } && asked > pause ? asked : pause;
            }
            await Task.Delay(pause, time, ct);
        }
    }

    /// <summary>Whether the same request may well be answered a little later. What a proxy answers in the pool's place, such as a login
    /// page of a hotel, says nothing of the worker's rights or leases.</summary>
    public static bool IsPassing(Exception failure) => failure switch
    {
        PoolProblemException { IsByPool: false } or PoolProblemException { IsStillRunning: true } => true,
        PoolProblemException { Status: HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout } => true,
        PoolProblemException problem => problem.Status >= HttpStatusCode.InternalServerError,
        HttpRequestException or TimeoutException => true,
        _ => false,
    };

    private void IsAway(Exception failure)
    {
        lock (_gate)
        {
            if (_isAway) return;
            _isAway = true;
        }
        report(new RunStep(time.GetUtcNow(), Steps.Warning)
        {
            Note = $"The pool does not answer ({failure.Message}). It is asked again; what runs goes on until its lease ends.",
        });
    }

    private void IsBack()
    {
        lock (_gate)
        {
            if (!_isAway) return;
            _isAway = false;
        }
        report(new RunStep(time.GetUtcNow(), Steps.Warning) { Note = "The pool answers again." });
    }
}
