using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Core.GitHub;

namespace OwpPool.Server.GitHub.Api;

/// <summary>An issue, as far as the pool looks at it.</summary>
public sealed record GitHubIssue(int Number, string Title, string Body, IReadOnlyList<string> Labels, string Url);

/// <summary>A maintainer's verdict on a pull request.</summary>
/// <param name="Reviewer">Login; null where the account is gone.</param>
/// <param name="State"><c>CHANGES_REQUESTED</c>, <c>APPROVED</c>, <c>DISMISSED</c> or <c>COMMENTED</c>.</param>
/// <param name="Association">To the repo.</param>
/// <param name="SubmittedAt">When.</param>
public sealed record GitHubReview(string? Reviewer, string State, string? Association, DateTimeOffset SubmittedAt);

/// <summary>What the pool's token may do in a repo.</summary>
public sealed record GitHubRights(bool MayLabel, bool MaySetStatus);

/// <summary>What the pool asks of GitHub's REST API. Every call may fail with a <see cref="GitHubException"/>.</summary>
public sealed class GitHubClient(GitHubTransport transport)
{
    private const int PageSize = 100;

    /// <summary>Of no list that people keep; one that goes on and on ends in an error, not in half of it.</summary>
    private const int MaxPages = 1_000;

    /// <summary>What the token may do in the repo.</summary>
    public async Task<GitHubRights> ReadRightsAsync(string repo, CancellationToken cancellationToken)
    {
        var answer = await transport.GetAsync($"repos/{repo}", cancellationToken);
        var rights = answer.Body.ValueKind is JsonValueKind.Object && answer.Body.TryGetProperty("permissions", out var found) ? found
            : default;
        var (triage, push) = (JsonRead.Is(rights, "triage"), JsonRead.Is(rights, "push"));
        return new GitHubRights(triage || push, push);
    }

    /// <summary>The open issues with a label, oldest first. Pull requests, which GitHub counts among them, are left out.</summary>
    public async IAsyncEnumerable<GitHubIssue> ListIssuesAsync(
        string repo, string label, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = $"repos/{repo}/issues?state=open&sort=created&direction=asc&per_page={PageSize}&labels={Uri.EscapeDataString(label)}";
        await foreach (var item in ListAsync(first, cancellationToken))
            if (!item.TryGetProperty("pull_request", out _) && ReadIssue(item) is { } issue) yield return issue;
    }

    /// <summary>The open pull requests.</summary>
    public async IAsyncEnumerable<PullRequestSignal> ListOpenPullsAsync(string repo,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in ListAsync($"repos/{repo}/pulls?state=open&sort=updated&direction=desc&per_page={PageSize}",
            cancellationToken))
            if (WebhookPayload.ReadPullRequest(item) is { } signal) yield return signal;
    }

    /// <summary>One pull request; null if it lacks what the pool needs.</summary>
    public async Task<PullRequestSignal?> ReadPullAsync(PullRequestUrl pull, CancellationToken cancellationToken) =>
        WebhookPayload.ReadPullRequest((await transport.GetAsync($"repos/{pull.Repo}/pulls/{Number(pull.Number)}",
            cancellationToken)).Body);

    /// <summary>The reviews of a pull request, oldest first.</summary>
    public async Task<IReadOnlyList<GitHubReview>> ListReviewsAsync(PullRequestUrl pull, CancellationToken cancellationToken)
    {
        var reviews = new List<GitHubReview>();
        await foreach (var item in ListAsync($"repos/{pull.Repo}/pulls/{Number(pull.Number)}/reviews?per_page={PageSize}",
            cancellationToken))
        {
            if (JsonRead.Instant(item, "submitted_at") is not { } at || JsonRead.Text(item, "state") is not { } state) continue;
            reviews.Add(new GitHubReview(JsonRead.Text(item, "user", "login"), state.ToUpperInvariant(),
                JsonRead.Text(item, "author_association"), at));
        }
        return reviews;
    }

    /// <summary>Whether a comment with this text in it was made lately.</summary>
    public async Task<bool> HasCommentAsync(string repo, int number, string text, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var from = since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        await foreach (var item in ListAsync($"repos/{repo}/issues/{Number(number)}/comments?since={from}&per_page={PageSize}",
            cancellationToken))
            if (JsonRead.Text(item, "body")?.Contains(text, StringComparison.Ordinal) is true) return true;
        return false;
    }

    /// <summary>Comments on an issue or pull request. Not repeated: doing it twice would be two.</summary>
    public Task CommentAsync(string repo, int number, string text, CancellationToken cancellationToken) => transport.SendAsync(
        HttpMethod.Post, $"repos/{repo}/issues/{Number(number)}/comments", new JsonObject { ["body"] = text }, isRepeatable: false,
            cancellationToken);

    /// <summary>The labels of an issue.</summary>
    public async Task<IReadOnlyList<string>> ListLabelsAsync(string repo, int number, CancellationToken cancellationToken)
    {
        var labels = new List<string>();
        await foreach (var item in ListAsync($"repos/{repo}/issues/{Number(number)}/labels?per_page={PageSize}", cancellationToken))
            if (JsonRead.Text(item, "name") is { } name) labels.Add(name);
        return labels;
    }

    /// <summary>Adds a label to an issue; GitHub makes it if there is none of this name.</summary>
    public Task AddLabelAsync(string repo, int number, string label, CancellationToken cancellationToken) => transport.SendAsync(
        HttpMethod.Post, $"repos/{repo}/issues/{Number(number)}/labels", new JsonObject { ["labels"] = new JsonArray(label) },
            isRepeatable: true,
        cancellationToken);

    /// <summary>Takes a label from an issue.</summary>
    public async Task RemoveLabelAsync(string repo, int number, string label, CancellationToken cancellationToken)
    {
        try
        {
            var path = $"repos/{repo}/issues/{Number(number)}/labels/{Uri.EscapeDataString(label)}";
            await transport.SendAsync(HttpMethod.Delete, path, null, isRepeatable: true, cancellationToken);
        }
        catch (GitHubException fault) when (fault.Fault is GitHubFault.NotFound)
        {
            // It is not there any more, which is what was wanted.
        }
    }

    /// <summary>Sets the commit status of the pool.</summary>
    /// <param name="repo">The repo.</param>
    /// <param name="sha">The commit.</param>
    /// <param name="state"><c>success</c>, <c>pending</c> or <c>failure</c>.</param>
    /// <param name="description">At most 140 characters.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task SetStatusAsync(string repo, string sha, string state, string description, CancellationToken cancellationToken) =>
        transport.SendAsync(HttpMethod.Post, $"repos/{repo}/statuses/{Uri.EscapeDataString(sha)}",
            new JsonObject { ["state"] = state, ["description"] = description, ["context"] = "owp-pool" }, isRepeatable: true,
                cancellationToken);

    private async IAsyncEnumerable<JsonElement> ListAsync(string first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? path = first;
        for (var page = 0; path is not null; page++)
        {
            if (page == MaxPages) throw new GitHubException(GitHubFault.Refused, $"GitHub's list has more than {MaxPages} pages.");
            var answer = await transport.GetAsync(path, cancellationToken);
            if (answer.Body.ValueKind is not JsonValueKind.Array)
                throw new GitHubException(GitHubFault.Unavailable, "GitHub answered something that is no list.");
            foreach (var item in answer.Body.EnumerateArray())
                if (item.ValueKind is JsonValueKind.Object) yield return item;
            path = answer.Next;
        }
    }

    private static GitHubIssue? ReadIssue(JsonElement item)
    {
        if (!item.TryGetProperty("number", out var number) || !number.TryGetInt32(out var value)
            || JsonRead.Text(item, "title") is not { } title)
            return null;
        var labels = item.TryGetProperty("labels", out var list) && list.ValueKind is JsonValueKind.Array
            // A label is an object, and in old answers a text.
            ? list.EnumerateArray().Select(label => label.ValueKind is JsonValueKind.String ? label.GetString()
                : JsonRead.Text(label, "name"))
            : [];
        return new GitHubIssue(value, title, JsonRead.Text(item, "body") ?? "", [.. labels.OfType<string>()],
            JsonRead.Text(item, "html_url") ?? "");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
