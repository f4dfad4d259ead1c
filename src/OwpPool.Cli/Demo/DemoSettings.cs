namespace OwpPool.Cli.Demo;

/// <summary>What a demo run was asked to do.</summary>
internal sealed record DemoSettings
{
    public required string TasksPath { get; init; }

    public required string Repo { get; init; }

    /// <summary>Where the workers' tokens are kept, so that a later run goes on as the same workers; null = nowhere.</summary>
    public string? WorkersPath { get; init; }

    /// <summary>How fast work is simulated; 2 = twice as fast.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>The run as a whole.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Longest time without any step of any task.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);
}
