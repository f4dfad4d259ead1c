using System.Diagnostics.Metrics;

namespace OwpPool.Grains.Hosting;

/// <summary>The meter <c>OwpPool.Grains</c>: what grains are asked that a caller does not see.</summary>
public sealed class GrainInstruments : IDisposable
{
    private static readonly KeyValuePair<string, object?> Granted = new("outcome", "granted");
    private static readonly KeyValuePair<string, object?> Empty = new("outcome", "empty");

    private readonly Meter _meter = new("OwpPool.Grains");
    private readonly Counter<long> _claims;
    private long _claimCount;

    public GrainInstruments() => _claims = _meter.CreateCounter<long>(
        "owp.repo.claims", "{claim}", "Claims that reached a repo, by whether it granted anything. A high empty rate means too many waiting workers.");

    /// <summary>Claims that reached a repo of this silo since it started.</summary>
    public long Claims => Interlocked.Read(ref _claimCount);

    /// <summary>A repo has decided on a claim.</summary>
    public void Claimed(bool granted)
    {
        Interlocked.Increment(ref _claimCount);
        _claims.Add(1, granted ? Granted : Empty);
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
