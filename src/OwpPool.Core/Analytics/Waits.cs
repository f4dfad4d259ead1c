namespace OwpPool.Core.Analytics;

/// <summary>How long tasks stand in a stage, those included that still do.</summary>
public sealed class Waits
{
    // Whole, so that the order in which waits are added makes no difference; and there may be more of them than 64 bits hold.
    private Int128 _ticks;

    /// <summary>How many waits.</summary>
    public int Count { get; private set; }

    /// <summary>Their mean; 0 if there are none.</summary>
    public double MeanSeconds => Count == 0 ? 0 : (double)_ticks / TimeSpan.TicksPerSecond / Count;

    /// <summary>A wait from one instant to another.</summary>
    public void Add(DateTimeOffset since, DateTimeOffset until)
    {
        // Clocks may step back; nothing takes less than no time.
        _ticks += Math.Max(0, (until - since).Ticks);
        Count++;
    }
}
