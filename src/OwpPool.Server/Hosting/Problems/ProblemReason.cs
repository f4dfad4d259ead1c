using OwpPool.Core.Shared;

namespace OwpPool.Server.Hosting.Problems;

/// <summary>Reason words of refusals that are the server's own; the rules have theirs in <see cref="RefusalReason"/>.</summary>
public static class ProblemReason
{
    /// <summary>A request with this Idempotency-Key is being answered: ask again.</summary>
    public const string StillRunning = "still_running";

    /// <summary>The server has no token for GitHub.</summary>
    public const string NoGitHubToken = "no_github_token";

    /// <summary>GitHub refused what the request needs.</summary>
    public const string GitHubRefused = "github_refused";

    /// <summary>Under the repo's name GitHub has another repository by now.</summary>
    public const string RepositoryChanged = "repository_changed";

    /// <summary>The webhook's receiver did not take the delivery.</summary>
    public const string DeliveryFailed = "delivery_failed";
}
