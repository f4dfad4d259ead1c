namespace OwpPool.Core.GitHub;

/// <summary>What GitHub says, in a webhook delivery or an answer of its API. Stored between its arrival and its effect.</summary>
public abstract record GitHubSignal
{
    /// <summary>GitHub's number of the repository that it is about; null where GitHub did not say.</summary>
    public long? RepositoryId { get; init; }
}
