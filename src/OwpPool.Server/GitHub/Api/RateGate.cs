using System.Globalization;

namespace OwpPool.Server.GitHub.Api;

/// <summary>Until when GitHub wants to be left alone. One for the whole server: the limits are those of the token.</summary>
public sealed class RateGate(TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    /// <summary>A little over the hour after which GitHub's limits begin anew.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(65);

    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private DateTimeOffset _closedUntil = DateTimeOffset.MinValue;
    private int _refusals;

    /// <summary>How long to wait from now; zero = not at all.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_gate)
            {
                var wait = _closedUntil - clock.GetUtcNow();
                return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Learns from an answer. Answers come in any order: an early end of the wait never replaces a later one.</summary>
    /// <param name="answer">Its status and headers.</param>
    /// <param name="isAboutLimits">A refusal that speaks of limits: some carry no header that says so.</param>
    /// <returns>Whether it was refused for having asked too much.</returns>
    public bool Learn(HttpResponseMessage answer, bool isAboutLimits)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var spent = Number(answer, "x-ratelimit-remaining") == 0;
            var refused = (int)answer.StatusCode == 429
                || ((int)answer.StatusCode == 403 && (spent || isAboutLimits || answer.Headers.RetryAfter is not null));
            _refusals = refused ? _refusals + 1 : 0;
            if (WaitOf(answer, spent, now) is { } wait && wait > TimeSpan.Zero) CloseFor(wait);
            else if (refused)
                // It does not say how long, or its hour is over by this clock; longer each time.
                CloseFor(FirstPause * Math.Pow(2, Math.Min(_refusals - 1, 6)));
            return refused;
        }

        void CloseFor(TimeSpan wait)
        {
            // An answer with a strange clock must not end the traffic for years.
            var until = now + (wait < LongestPause ? wait : LongestPause);
            if (until > _closedUntil) _closedUntil = until;
        }
    }

    /// <summary>How long GitHub asks to be left alone, by its own clock where it says what that is; null = it does not ask.</summary>
    private static TimeSpan? WaitOf(HttpResponseMessage answer, bool spent, DateTimeOffset now)
    {
        // Whole seconds, some a second old: only a clock that differs by more is another one.
        var theirNow = answer.Headers.Date is { } date && (date - now).Duration() > ClockSlack ? date : now;
        if (answer.Headers.RetryAfter is { } after) return after.Delta ?? after.Date - theirNow;
        if (!spent || (Number(answer, "x-ratelimit-reset") ?? 0) is not (> 0 and < 253_402_300_799 and var reset)) return null;
        // A second more: both are whole seconds.
        return DateTimeOffset.FromUnixTimeSeconds(reset).AddSeconds(1) - theirNow;
    }

    private static long? Number(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values) &&
        long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
