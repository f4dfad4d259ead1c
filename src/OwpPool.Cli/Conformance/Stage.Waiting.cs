using System.Globalization;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance;

/// <summary>Checks that wait for the server's clock.</summary>
internal sealed partial class Stage
{
    /// <summary>What a clock may be off, and a server may need to notice.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    /// <summary>All patient checks have what they need of the repo's short leases; from here on it may give longer ones.</summary>
    public Task AllLeasedAsync()
    {
        Arrive();
        return _target.ShortLeases.Opened.WaitAsync(_ct);
    }

    /// <summary>The check needs no short lease any more, or never came to need one.</summary>
    public void Arrive()
    {
        if (_hasArrived || _check.Lane is not Lane.Patient) return;
        _hasArrived = true;
        _target.ShortLeases.Arrive();
    }

    /// <summary>Waits until a lease that was just granted is over.</summary>
    /// <exception cref="CheckSkippedException">That is longer than the run is willing to wait.</exception>
    public Task OutliveAsync(Lease lease) => PassAsync(lease, 1, Slack);

    /// <summary>Waits until this part of a lease that was just granted is over.</summary>
    public async Task PassAsync(Lease lease, double part, TimeSpan slack)
    {
        var length = lease.Remaining
            ?? throw new CheckFailedException(lease.Answer.Sent, "a lease with lease_expires_at", lease.Answer.ToString());
        await SleepAsync(length * part + slack, "leases of this server run", () => lease.Age);
    }

    /// <summary>Waits this long.</summary>
    /// <exception cref="CheckSkippedException">That is longer than the run is willing to wait.</exception>
    /// <param name="length">How long in all.</param>
    /// <param name="why">What takes that long.</param>
    /// <param name="passed">How much of it has passed; default nothing.</param>
    public async Task SleepAsync(TimeSpan length, string why, Func<TimeSpan>? passed = null)
    {
        if (length > _target.Patience)
        {
            throw new CheckSkippedException(string.Create(CultureInfo.InvariantCulture,
                $"{why} {length.TotalSeconds:0} s; --wait {Math.Ceiling(length.TotalSeconds):0} waits for it"));
        }
        await AllLeasedAsync();
        var left = length - (passed?.Invoke() ?? TimeSpan.Zero);
        if (left > TimeSpan.Zero) await Task.Delay(left, _ct);
    }

    /// <summary>The time that the server gives in an answer.</summary>
    public static DateTimeOffset TimeOf(WireAnswer answer) => answer.Instant("server_time");
}
