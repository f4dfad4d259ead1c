namespace OwpPool.Core.GitHub;

/// <summary>A repository was renamed or transferred.</summary>
public sealed record RepositorySignal : GitHubSignal
{
    /// <summary>Its name from now on, <c>owner/name</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its name until then, <c>owner/name</c>.</summary>
    public required string FormerName { get; init; }

    /// <summary>When it changed, by GitHub's clock.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
