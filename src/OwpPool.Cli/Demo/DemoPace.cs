namespace OwpPool.Cli.Demo;

/// <summary>How long simulated work takes: uneven, as work is, and longer for more points.</summary>
internal sealed class DemoPace(double speed, TimeProvider time)
{
    /// <summary>From getting a task to beginning with it.</summary>
    public Task StartAsync(CancellationToken ct) => PauseAsync(250, ct);

    /// <summary>From beginning to the pull request.</summary>
    public Task WorkAsync(int points, CancellationToken ct) => PauseAsync(400 + (200 * points), ct);

    /// <summary>From the pull request to its merge.</summary>
    public Task ReviewAsync(CancellationToken ct) => PauseAsync(900, ct);

    /// <summary>Between two looks at something that may have changed.</summary>
    public Task LookAgainAsync(CancellationToken ct) => PauseAsync(500, ct);

    private Task PauseAsync(double milliseconds, CancellationToken ct) =>
        Task.Delay(TimeSpan.FromMilliseconds(milliseconds * (0.7 + (0.6 * Random.Shared.NextDouble())) / speed), time, ct);
}
