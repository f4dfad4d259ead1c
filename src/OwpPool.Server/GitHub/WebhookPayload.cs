using System.Text.Json;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;

namespace OwpPool.Server.GitHub;

/// <summary>Reads what a delivery of GitHub's webhook says of a pull request or a repository. Its body is GitHub's, so what is missing or odd makes it
/// say nothing; only what is no JSON object at all is a fault.</summary>
public static class WebhookPayload
{
    private const int MaxDepth = 64;

    /// <summary>Reads the signal of an event.</summary>
    /// <param name="event">GitHub's word for what happened.</param>
    /// <param name="body">A body whose signature was right.</param>
    /// <returns>Null if the event says nothing to the pool.</returns>
    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public static GitHubSignal? Read(string @event, ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        var root = document.RootElement;
        if (root.ValueKind is not JsonValueKind.Object) throw new JsonException("The delivery is no JSON object.");
        return @event switch
        {
            "pull_request" => OfPullRequest(root),
            "pull_request_review" => OfReview(root),
            "repository" => OfRepository(root),
            _ => null,
        };
    }

    /// <summary>Reads a pull request as GitHub's API and its webhook show it.</summary>
    /// <returns>Null if it lacks what the pool needs of it.</returns>
    public static PullRequestSignal? ReadPullRequest(JsonElement pull)
    {
        if (!PullRequestUrl.TryParse(JsonRead.Text(pull, "html_url"), out var url)) return null;
        if (JsonRead.Instant(pull, "updated_at") is not { } updatedAt) return null;
        // Of another repo than the address says: nothing that GitHub sends, and nothing to act on.
        if (JsonRead.Text(pull, "base", "repo", "full_name") is not { } repo || !Names.IsRepoKey(repo)) return null;
        if (Names.CanonicalRepo(repo) != Names.CanonicalRepo(url.Repo)) return null;
        var isMerged = JsonRead.Is(pull, "merged") || JsonRead.Text(pull, "merged_at") is not null;
        return new PullRequestSignal
        {
            PrUrl = url.Address,
            Repo = repo,
            Author = JsonRead.Text(pull, "user", "login"),
            Branch = JsonRead.Text(pull, "head", "ref") ?? "",
            IsOwnBranch = IsOwnBranch(pull, repo),
            RepositoryId = JsonRead.Number(pull, "base", "repo", "id"),
            HeadSha = JsonRead.Text(pull, "head", "sha"),
            NamedTask = PullRequestRules.NamedTask(JsonRead.Text(pull, "head", "ref"), JsonRead.Text(pull, "body")),
            IsOpen = JsonRead.Text(pull, "state") == "open",
            IsMerged = isMerged,
            IsDraft = JsonRead.Is(pull, "draft"),
            UpdatedAt = updatedAt,
        };
    }

    private static bool IsOwnBranch(JsonElement pull, string repo)
    {
        if (JsonRead.Number(pull, "head", "repo", "id") is { } head && JsonRead.Number(pull, "base", "repo", "id") is { } @base)
            return head == @base;
        return JsonRead.Text(pull, "head", "repo", "full_name") is { } name && Names.IsRepoKey(name)
            && Names.CanonicalRepo(name) == Names.CanonicalRepo(repo);
    }

    private static RepositorySignal? OfRepository(JsonElement root)
    {
        var (id, name) = (JsonRead.Number(root, "repository", "id"), JsonRead.Text(root, "repository", "full_name"));
        if (id is null || name?.Split('/') is not [var owner, var repo] || !Names.IsRepoKey(name)) return null;
        var former = JsonRead.Text(root, "action") switch
        {
            "renamed" when JsonRead.Text(root, "changes", "repository", "name", "from") is { } from => $"{owner}/{from}",
            "transferred" when (JsonRead.Text(root, "changes", "owner", "from", "user", "login")
                ?? JsonRead.Text(root, "changes", "owner", "from", "organization", "login")) is { } from => $"{from}/{repo}",
            _ => null,
        };
        if (former is null || !Names.IsRepoKey(former)) return null;
        var at = root.TryGetProperty("repository", out var whole) ? JsonRead.Instant(whole, "updated_at") : null;
        return new RepositorySignal { RepositoryId = id, Name = name, FormerName = former, UpdatedAt = at ?? default };
    }

    private static PullRequestSignal? OfPullRequest(JsonElement root)
    {
        if (!root.TryGetProperty("pull_request", out var pull) || ReadPullRequest(pull) is not { } signal) return null;
        signal = signal with { Sender = JsonRead.Text(root, "sender", "login") };
        return JsonRead.Text(root, "action") switch
        {
            "opened" or "review_requested" => signal with { AsksForReview = true },
            "reopened" => signal with { AsksForReview = true, IsReopened = true },
            "ready_for_review" => signal with { AsksForReview = true, IsMadeReady = true },
            "converted_to_draft" => signal with { ChangesRequested = true },
            "edited" or "closed" or "synchronize" => signal,
            _ => null,
        };
    }

    private static PullRequestSignal? OfReview(JsonElement root)
    {
        if (JsonRead.Text(root, "action") != "submitted"
            || JsonRead.Text(root, "review", "state")?.ToLowerInvariant() != "changes_requested") return null;
        if (!root.TryGetProperty("pull_request", out var pull) || ReadPullRequest(pull) is not { IsOpen: true } signal) return null;
        var association = JsonRead.Text(root, "review", "author_association");
        return signal with
        {
            ChangesRequested = true,
            Sender = JsonRead.Text(root, "review", "user", "login"),
            DoubtfulReviewer = PullRequestRules.IsMaintainer(association) ? null : association ?? "NONE",
        };
    }
}
