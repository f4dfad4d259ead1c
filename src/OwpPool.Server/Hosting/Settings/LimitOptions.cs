using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>How many there may be of what callers make: <c>OwpPool:Limits</c>. One more is 409 with the reason <c>limit_reached</c>.
/// Requests that come in the same instant may pass a limit together.</summary>
public sealed class LimitOptions
{
    /// <summary>Workers, revoked ones included: they are kept for the audit log.</summary>
    /// <value>Default 100,000; 1 to 10,000,000.</value>
    [Range(1, 10_000_000)]
    public int Workers { get; set; } = 100_000;

    /// <summary>Repos.</summary>
    /// <value>Default 10,000; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int Repos { get; set; } = 10_000;

    /// <summary>Requests for work of one worker that wait at once; one more is answered without waiting.</summary>
    /// <value>Default 4; 1 to 1,000.</value>
    [Range(1, 1_000)]
    public int WaitsPerWorker { get; set; } = 4;
}
