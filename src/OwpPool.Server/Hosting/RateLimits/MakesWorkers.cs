namespace OwpPool.Server.Hosting.RateLimits;

/// <summary>Says of an endpoint that it makes workers, which has a limit of its own.</summary>
public sealed class MakesWorkers
{
    /// <summary>Says it.</summary>
    public static MakesWorkers Instance { get; } = new();
}
