namespace OwpPool.Core.GitHub;

/// <summary>What GitHub says of a pull request: read from a webhook delivery, or asked for.</summary>
public sealed record PullRequestSignal : GitHubSignal
{
    /// <summary>Canonical address.</summary>
    public required string PrUrl { get; init; }

    /// <summary>The repo that it would be merged into, <c>owner/name</c>.</summary>
    public required string Repo { get; init; }

    /// <summary>The login of who opened it; null where the account is gone.</summary>
    public string? Author { get; init; }

    /// <summary>Its branch.</summary>
    public string Branch { get; init; } = "";

    /// <summary>The branch is in the repo itself, where only those make one who may write to it; not in a fork, which is anybody's.</summary>
    public bool IsOwnBranch { get; init; }

    /// <summary>The task that branch or text name; null = none.</summary>
    public string? NamedTask { get; init; }

    /// <summary>Still open.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Merged; then it is not open.</summary>
    public bool IsMerged { get; init; }

    /// <summary>Open, but not for review.</summary>
    public bool IsDraft { get; init; }

    /// <summary>This very event asks for review: opened, reopened, no draft any more, a reviewer asked.</summary>
    public bool AsksForReview { get; init; }

    /// <summary>This very event takes it out of review: a maintainer's review asks for changes, or its author makes it a draft.</summary>
    public bool ChangesRequested { get; init; }

    /// <summary>This very event reopens it.</summary>
    public bool IsReopened { get; init; }

    /// <summary>By this very event it is no draft any more.</summary>
    public bool IsMadeReady { get; init; }

    /// <summary>The pool asked GitHub for it: it says how the pull request stands, whatever happened within its second.</summary>
    public bool IsAsked { get; init; }

    /// <summary>When the pull request last changed, by GitHub's clock in whole seconds; tells an older signal from a newer one.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Head commit.</summary>
    public string? HeadSha { get; init; }

    /// <summary>Who did it: the merger, closer or reviewer.</summary>
    public string? Sender { get; init; }

    /// <summary>GitHub's word for how the reviewer stands to the repo, where it does not show a maintainer: members of an organization may
    /// hide that they are. Null = it does, or nobody reviewed.</summary>
    public string? DoubtfulReviewer { get; init; }
}
