using System.Globalization;

namespace OwpPool.Server.GitHub.Api;

/// <summary>Until when GitHub wants to be left alone. One for the whole server: the limits are those of the token.</summary>
public sealed class RateGate(TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
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

    /// <summary>Learns from an answer.</summary>
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
            if (answer.Headers.RetryAfter is { } after)
                CloseUntil(after.Date ?? now + (after.Delta ?? FirstPause));
            else if (spent && Number(answer, "x-ratelimit-reset") is { } reset and > 0 and < 253_402_300_799)
                // A second more: GitHub's clock is not this one.
                CloseUntil(DateTimeOffset.FromUnixTimeSeconds(reset).AddSeconds(1));
            else if (refused)
                // It does not say how long; longer each time.
                CloseUntil(now + FirstPause * Math.Pow(2, Math.Min(_refusals - 1, 6)));
            return refused;
        }

        // An answer with a strange clock must not end the traffic for years.
        void CloseUntil(DateTimeOffset until) => _closedUntil = until < now + LongestPause ? until : now + LongestPause;
    }

    private static long? Number(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values) &&
        long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
