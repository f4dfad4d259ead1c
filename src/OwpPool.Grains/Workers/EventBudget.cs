using OwpPool.Core.Shared;

namespace OwpPool.Grains.Workers;

/// <summary>How many changes a worker may still make: each is kept in the audit log (protocol rule 12). In memory: whoever waits for a
/// restart to begin anew gains a sixth of an hour's worth. Not thread-safe.</summary>
/// <param name="perHour">0 = any number.</param>
/// <param name="clock">Fills it again.</param>
internal sealed class EventBudget(int perHour, TimeProvider clock)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly double _most = Math.Max(1, perHour / 6.0);
    private double _left = Math.Max(1, perHour / 6.0);
    private long _filledAt = clock.GetTimestamp();

    /// <summary>A refusal that says when to come again; null while something is left.</summary>
    public Refusal? WhyNot()
    {
        if (perHour == 0) return null;
        Fill();
        if (_left >= 1) return null;
        return Refusal.TooMany($"You have made as many changes as a worker may, {perHour} in an hour.", Hour * ((1 - _left) / perHour));
    }

    /// <summary>So many changes were made. May go below zero: what is granted together is counted afterwards.</summary>
    public void Spend(int events = 1) => _left -= perHour == 0 ? 0 : events;

    private void Fill()
    {
        var passed = clock.GetElapsedTime(_filledAt);
        _filledAt = clock.GetTimestamp();
        _left = Math.Min(_most, _left + (perHour * (passed / Hour)));
    }
}
