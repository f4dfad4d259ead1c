using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;

namespace OwpPool.Server.GitHub.Api;

/// <summary>An issue, as far as the pool looks at it.</summary>
public sealed record GitHubIssue(int Number, string Title, string Body, IReadOnlyList<string> Labels, string Url);

/// <summary>A maintainer's verdict on a pull request.</summary>
/// <param name="Reviewer">Login; null where the account is gone.</param>
/// <param name="State"><c>CHANGES_REQUESTED</c>, <c>APPROVED</c>, <c>DISMISSED</c> or <c>COMMENTED</c>.</param>
/// <param name="Association">To the repo.</param>
/// <param name="SubmittedAt">When.</param>
public sealed record GitHubReview(string? Reviewer, string State, string? Association, DateTimeOffset SubmittedAt);

/// <summary>A repository as it stands on GitHub.</summary>
/// <param name="Id">GitHub's number of it, which stays when it is renamed or transferred; null = GitHub did not say.</param>
/// <param name="Name">Its <c>owner/name</c> now.</param>
/// <param name="MayLabel">The pool's token may label issues.</param>
/// <param name="MaySetStatus">The pool's token may set commit statuses.</param>
public sealed record GitHubRepository(long? Id, string Name, bool MayLabel, bool MaySetStatus);

/// <summary>What the pool asks of GitHub's REST API. Every call may fail with a <see cref="GitHubException"/>.</summary>
public sealed class GitHubClient(GitHubTransport transport)
{
    private const int PageSize = 100;

    /// <summary>Of no list that people keep; one that goes on and on ends in an error, not in half of it.</summary>
    private const int MaxPages = 1_000;

    /// <summary>The repo under the name that it has by now.</summary>
    public async Task<GitHubRepository> ReadRepoAsync(string repo, CancellationToken cancellationToken)
    {
        var body = (await transport.GetAsync($"repos/{repo}", mayFollow: true, cancellationToken)).Body;
        var rights = body.ValueKind is JsonValueKind.Object && body.TryGetProperty("permissions", out var found) ? found : default;
        var (triage, push) = (JsonRead.Is(rights, "triage"), JsonRead.Is(rights, "push"));
        var name = JsonRead.Text(body, "full_name");
        return new GitHubRepository(JsonRead.Number(body, "id"), name is not null && Names.IsRepoKey(name) ? name : repo, triage || push, push);
    }

    /// <summary>What somebody may do in a repo: <c>admin</c>, <c>maintain</c>, <c>write</c>, <c>read</c> or <c>none</c>.</summary>
    /// <returns>Null if GitHub knows nobody of this name there.</returns>
    public async Task<string?> ReadPermissionAsync(string repo, string login, CancellationToken cancellationToken)
    {
        try
        {
            var path = $"repos/{repo}/collaborators/{Uri.EscapeDataString(login)}/permission";
            return JsonRead.Text((await transport.GetAsync(path, mayFollow: true, cancellationToken)).Body, "permission")
                ?? throw new GitHubException(GitHubFault.Unavailable, "GitHub did not say what the reviewer may do.");
        }
        catch (GitHubException fault) when (fault.Fault is GitHubFault.NotFound)
        {
            // Nobody of that name, or a token that may not see the repo any more: that would be no answer.
            await ReadRepoAsync(repo, cancellationToken);
            return null;
        }
    }

    /// <summary>The open issues with a label, oldest first. Pull requests, which GitHub counts among them, are left out.</summary>
    public async IAsyncEnumerable<GitHubIssue> ListIssuesAsync(
        string repo, string label, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = $"repos/{repo}/issues?state=open&sort=created&direction=asc&per_page={PageSize}&labels={Uri.EscapeDataString(label)}";
        await foreach (var item in ListAsync(first, mayFollow: true, cancellationToken))
            if (!item.TryGetProperty("pull_request", out _) && ReadIssue(item) is { } issue) yield return issue;
    }

    /// <summary>The open pull requests.</summary>
    public async IAsyncEnumerable<PullRequestSignal> ListOpenPullsAsync(string repo,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in ListAsync($"repos/{repo}/pulls?state=open&sort=updated&direction=desc&per_page={PageSize}",
            mayFollow: true, cancellationToken))
            if (WebhookPayload.ReadPullRequest(item) is { } signal) yield return signal;
    }

    /// <summary>One pull request; null if it lacks what the pool needs.</summary>
    public async Task<PullRequestSignal?> ReadPullAsync(string repo, int number, CancellationToken cancellationToken) =>
        WebhookPayload.ReadPullRequest((await transport.GetAsync($"repos/{repo}/pulls/{Number(number)}", mayFollow: true,
            cancellationToken)).Body);

    /// <summary>The head commit of a pull request by now; null if GitHub does not say. Not followed to another repo.</summary>
    public async Task<string?> ReadHeadAsync(string repo, int number, CancellationToken cancellationToken) => JsonRead.Text(
        (await transport.GetAsync($"repos/{repo}/pulls/{Number(number)}", mayFollow: false, cancellationToken)).Body, "head", "sha");

    /// <summary>The reviews of a pull request, oldest first.</summary>
    public async Task<IReadOnlyList<GitHubReview>> ListReviewsAsync(string repo, int number, CancellationToken cancellationToken)
    {
        var reviews = new List<GitHubReview>();
        await foreach (var item in ListAsync($"repos/{repo}/pulls/{Number(number)}/reviews?per_page={PageSize}", mayFollow: true,
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
            mayFollow: false, cancellationToken))
            if (JsonRead.Text(item, "body")?.Contains(text, StringComparison.Ordinal) is true) return true;
        return false;
    }

    /// <summary>Comments on an issue or pull request. Not repeated: doing it twice would be two comments.</summary>
    public Task CommentAsync(string repo, int number, string text, CancellationToken cancellationToken) => transport.SendAsync(
        HttpMethod.Post, $"repos/{repo}/issues/{Number(number)}/comments", new JsonObject { ["body"] = text }, isRepeatable: false,
            cancellationToken);

    /// <summary>The labels of an issue.</summary>
    public async Task<IReadOnlyList<string>> ListLabelsAsync(string repo, int number, CancellationToken cancellationToken)
    {
        var labels = new List<string>();
        await foreach (var item in ListAsync($"repos/{repo}/issues/{Number(number)}/labels?per_page={PageSize}", mayFollow: false,
            cancellationToken))
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
            // It is not there any more, which is what was wanted; or the token may not, and GitHub says so in the same words.
            if ((await ListLabelsAsync(repo, number, cancellationToken)).Contains(label, StringComparer.OrdinalIgnoreCase)) throw;
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

    private async IAsyncEnumerable<JsonElement> ListAsync(
        string first, bool mayFollow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? path = first;
        for (var page = 0; path is not null; page++)
        {
            if (page == MaxPages) throw new GitHubException(GitHubFault.Refused, $"GitHub's list has more than {MaxPages} pages.");
            var answer = await transport.GetAsync(path, mayFollow, cancellationToken);
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
