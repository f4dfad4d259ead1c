using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Events;

/// <summary>Live streams (server-sent events): <c>OwpPool:Streams</c>. A stream holds a connection, and some 30 KB, for as long as its
/// client stays.</summary>
public sealed class StreamOptions
{
    /// <summary>Streams at once, of all callers; one more is 503.</summary>
    /// <value>Default 4,000; 1 to 100,000. Keep it below <c>Server:MaxConnections</c>, so that requests still find a connection.</value>
    [Range(1, 100_000)]
    public int MaxStreams { get; set; } = 4_000;

    /// <summary>How many of <see cref="MaxStreams"/> workers cannot take, in percent: the admin finds a place whatever they do.</summary>
    /// <value>Default 25; 0 to 100. At least one where it is not 0.</value>
    [Range(0, 100)]
    public int AdminSharePercent { get; set; } = 25;

    /// <summary>Streams at once with the admin token; one more is 429.</summary>
    /// <value>Default 2,000: one token serves all dashboards. 1 to 100,000.</value>
    [Range(1, 100_000)]
    public int MaxPerAdminToken { get; set; } = 2_000;

    /// <summary>Streams at once of one worker; one more is 429.</summary>
    /// <value>Default 8; 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int MaxPerWorker { get; set; } = 8;

    /// <summary>How long a client may take to accept what was sent to it, in seconds. One that is slower is cut off; it comes back after
    /// the last event that it has.</summary>
    /// <value>Default 30; 1 to 3,600.</value>
    [Range(1, 3_600)]
    public int SendSeconds { get; set; } = 30;
}
