namespace OwpPool.Core.Analytics;

/// <summary>How long tasks stand in a stage, those included that still do.</summary>
public sealed class Waits
{
    private double _seconds;

    /// <summary>How many waits.</summary>
    public int Count { get; private set; }

    /// <summary>Their mean; 0 if there are none.</summary>
    public double MeanSeconds => Count == 0 ? 0 : _seconds / Count;

    /// <summary>A wait from one instant to another.</summary>
    public void Add(DateTimeOffset since, DateTimeOffset until)
    {
        // Clocks may step back; nothing takes less than no time.
        _seconds += Math.Max(0, (until - since).TotalSeconds);
        Count++;
    }
}
