namespace OwpPool.Server.Hosting;

/// <summary>The system's clock with timestamps that count from its creation, for Orleans' watchdog (10.4.2). The watchdog starts a thread
/// and only then writes the timestamp that the thread compares with. A thread that is faster reads 0; where timestamps count from the boot
/// of the machine, it then warns that a check has not completed since that boot.</summary>
public sealed class ClockFromZero : TimeProvider
{
    private readonly long _zero = System.GetTimestamp();

    /// <inheritdoc />
    public override long GetTimestamp() => System.GetTimestamp() - _zero;
}
