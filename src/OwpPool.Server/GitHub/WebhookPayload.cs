using System.Text.Json;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.GitHub;

/// <summary>Reads what a delivery of GitHub's webhook says of a pull request. Its body is GitHub's, so what is missing or odd makes it
/// say nothing; only what is no JSON object at all is a fault.</summary>
public static class WebhookPayload
{
    private const int MaxDepth = 64;

    /// <summary>Reads the signal of an event.</summary>
    /// <param name="event">GitHub's word for what happened.</param>
    /// <param name="body">A body whose signature was right.</param>
    /// <returns>Null if the event says nothing to the pool.</returns>
    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public static PullRequestSignal? Read(string @event, ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        var root = document.RootElement;
        if (root.ValueKind is not JsonValueKind.Object) throw new JsonException("The delivery is no JSON object.");
        return @event switch
        {
            "pull_request" => OfPullRequest(root),
            "pull_request_review" => OfReview(root),
            _ => null,
        };
    }

    /// <summary>Reads a pull request as GitHub's API and its webhook show it.</summary>
    /// <returns>Null if it lacks what the pool needs of it.</returns>
    public static PullRequestSignal? ReadPullRequest(JsonElement pull)
    {
        if (!PullRequestUrl.TryParse(Text(pull, "html_url"), out var url)) return null;
        if (!Rfc3339.TryParse(Text(pull, "updated_at") ?? "", out var updatedAt)) return null;
        // Of another repo than the address says: nothing that GitHub sends, and nothing to act on.
        if (Text(pull, "base", "repo", "full_name") is not { } repo || !Names.IsRepoKey(repo)) return null;
        if (Names.CanonicalRepo(repo) != Names.CanonicalRepo(url.Repo)) return null;
        var isMerged = Is(pull, "merged") || Text(pull, "merged_at") is not null;
        return new PullRequestSignal
        {
            PrUrl = url.Address,
            Repo = repo,
            Author = Text(pull, "user", "login"),
            Branch = Text(pull, "head", "ref") ?? "",
            HeadSha = Text(pull, "head", "sha"),
            NamedTask = PullRequestRules.NamedTask(Text(pull, "head", "ref"), Text(pull, "body")),
            IsOpen = Text(pull, "state") == "open",
            IsMerged = isMerged,
            IsDraft = Is(pull, "draft"),
            UpdatedAt = updatedAt,
        };
    }

    private static PullRequestSignal? OfPullRequest(JsonElement root)
    {
        if (!root.TryGetProperty("pull_request", out var pull) || ReadPullRequest(pull) is not { } signal) return null;
        signal = signal with { Sender = Text(root, "sender", "login") };
        return Text(root, "action") switch
        {
            "opened" or "reopened" or "ready_for_review" or "review_requested" => signal with { AsksForReview = true },
            "converted_to_draft" => signal with { ChangesRequested = true },
            "edited" or "closed" => signal,
            _ => null,
        };
    }

    private static PullRequestSignal? OfReview(JsonElement root)
    {
        if (Text(root, "action") != "submitted" || Text(root, "review", "state")?.ToLowerInvariant() != "changes_requested") return null;
        if (!PullRequestRules.IsMaintainer(Text(root, "review", "author_association"))) return null;
        if (!root.TryGetProperty("pull_request", out var pull) || ReadPullRequest(pull) is not { IsOpen: true } signal) return null;
        return signal with { ChangesRequested = true, Sender = Text(root, "review", "user", "login") };
    }

    private static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (element.ValueKind is not JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        if (element.ValueKind is not JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: well-formed JSON, and no text.
            return null;
        }
    }

    private static bool Is(JsonElement element, string name) => element.TryGetProperty(name, out var flag) && flag.ValueKind is JsonValueKind.True;
}
