namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>How long, how hard and by which dice a crash run goes.</summary>
/// <param name="Rounds">Kills.</param>
/// <param name="Workers">Clients that work at once.</param>
/// <param name="Seed">Of traffic and kills. Two runs of a seed ask for the same things; which of them a kill meets is the machine's.
/// </param>
/// <param name="MostAnswers">After so many answers of a server at the latest it is killed.</param>
internal sealed record CrashPlan(int Rounds, int Workers, int Seed, int MostAnswers)
{
    /// <summary>Short, so that leases end and workers are given up while the run lasts.</summary>
    public static TimeSpan LeaseTtl { get; } = TimeSpan.FromSeconds(8);

    /// <summary>The server's settings.</summary>
    public static (string, string)[] Settings { get; } =
    [
        ("ASPNETCORE_ENVIRONMENT", "Development"),
        ("LOG_LEVEL", "error"),
        ("OwpPool__Lease__TtlSeconds", "8"),
        ("OwpPool__Worker__HeartbeatTtlSeconds", "4"),
        ("OwpPool__Worker__HeartbeatIntervalSeconds", "2"),
        ("OwpPool__Worker__OfflineGraceSeconds", "2"),
        ("OwpPool__Worker__SeenWriteIntervalSeconds", "2"),
    ];
}
