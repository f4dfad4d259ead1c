namespace OwpPool.Client;

/// <summary>What a worker says of itself.</summary>
/// <param name="Name">1..120 characters; need not be unique.</param>
public sealed record RegisterRequest(string Name)
{
    /// <summary>Up to 120 characters.</summary>
    public string? GithubHandle { get; init; }

    /// <summary>Up to 100, each up to 64 characters; compared without regard to case.</summary>
    public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>1..100; null = the server's default, 5.</summary>
    public int? CapacityPoints { get; init; }

    /// <summary>1..20; null = the server's default, 2.</summary>
    public int? MaxConcurrentTasks { get; init; }

    /// <summary>The text that a maintainer's invite has, where the pool asks for one.</summary>
    public string? Invite { get; init; }

    /// <summary>Leaves the invite out.</summary>
    public override string ToString() => $"{nameof(RegisterRequest)} {{ Name = {Name} }}";
}

/// <summary>What registration gives.</summary>
/// <param name="WorkerId">Prefix <c>w_</c>.</param>
/// <param name="Token">Shown this once.</param>
/// <param name="HeartbeatIntervalSeconds">How often the pool wants to hear of the worker.</param>
public sealed record RegisterReply(string WorkerId, string Token, int HeartbeatIntervalSeconds)
{
    /// <summary>Leaves the token out.</summary>
    public override string ToString() => $"{nameof(RegisterReply)} {{ WorkerId = {WorkerId} }}";
}

/// <summary>A new token.</summary>
/// <param name="WorkerId">Prefix <c>w_</c>.</param>
/// <param name="Token">Shown this once.</param>
/// <param name="OldTokenSeconds">How long the old one is still good.</param>
public sealed record RotatedToken(string WorkerId, string Token, int OldTokenSeconds)
{
    /// <summary>Leaves the token out.</summary>
    public override string ToString() => $"{nameof(RotatedToken)} {{ WorkerId = {WorkerId} }}";
}
