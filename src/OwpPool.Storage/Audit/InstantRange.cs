using System.Text;

namespace OwpPool.Storage.Audit;

/// <summary>The earliest and the latest of instants that are compared as text, which their one form allows; without a text for each.</summary>
internal sealed class InstantRange
{
    private byte[]? _low;
    private byte[]? _high;

    public bool IsEmpty => _low is null;

    public string? Low => _low is null ? null : Encoding.UTF8.GetString(_low);

    public string? High => _high is null ? null : Encoding.UTF8.GetString(_high);

    public void Set(string? low, string? high)
    {
        _low = low is null ? null : Encoding.UTF8.GetBytes(low);
        _high = high is null ? null : Encoding.UTF8.GetBytes(high);
    }

    public void Clear() => _low = _high = null;

    public void Include(ReadOnlySpan<byte> instant)
    {
        if (_low is null || instant.SequenceCompareTo(_low) < 0) _low = instant.ToArray();
        if (_high is null || instant.SequenceCompareTo(_high) > 0) _high = instant.ToArray();
    }
}
