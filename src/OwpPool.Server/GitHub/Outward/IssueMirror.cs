using System.Globalization;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub.Outward;

/// <summary>Shows one thing on GitHub. Told twice, it does it once: labels and statuses say what is, and a comment carries the number of its
/// event.</summary>
public sealed class IssueMirror(SqliteStorage storage, GitHubClient github)
{
    private static readonly string[] Labels = ["pool:leased", "pool:in-progress", "pool:in-review", "pool:merged"];

    /// <summary>Shows it in the repository.</summary>
    /// <returns>What GitHub shows by now, so that it is not shown again; null = there is nothing to remember.</returns>
    /// <exception cref="GitHubException">GitHub did not take it.</exception>
    public async Task<string?> ShowAsync(OutwardRow row, GitHubRepository repo, CancellationToken cancellationToken)
    {
        switch (row.Kind)
        {
            case OutwardKind.Comment:
                await CommentAsync(row, repo.Name, cancellationToken);
                return null;
            case OutwardKind.Label:
                return await LabelAsync(row, repo, cancellationToken);
            default:
                return await SetStatusAsync(row, repo, cancellationToken);
        }
    }

    private async Task CommentAsync(OutwardRow row, string repo, CancellationToken cancellationToken)
    {
        // Not seen by readers, but by the next try.
        var mark = string.Create(CultureInfo.InvariantCulture, $"<!-- owp-pool event {row.Seq} -->");
        if (row.Tries > 0 && await github.HasCommentAsync(repo, row.Number, mark, row.At.AddMinutes(-5), cancellationToken)) return;
        await github.CommentAsync(repo, row.Number, $"{row.Text}\n\n{mark}", cancellationToken);
    }

    private async Task<string?> LabelAsync(OutwardRow row, GitHubRepository repo, CancellationToken cancellationToken)
    {
        var task = await storage.GitHubRepos.FindTaskAsync(row.TaskId, cancellationToken);
        var label = task?.Phase switch
        {
            "leased" => "pool:leased",
            "in_progress" or "blocked" => "pool:in-progress",
            "pr_opened" => "pool:in-review",
            "merged" => "pool:merged",
            _ => "",
        };
        // What a maintainer changed by hand since then is left as it is.
        if (await storage.GitHubOutbox.FindShownAsync(row, cancellationToken) == label) return label;
        if (!repo.MayLabel) throw Denied("label issues", repo);
        var there = await github.ListLabelsAsync(repo.Name, row.Number, cancellationToken);
        foreach (var stale in Labels.Where(known => known != label && there.Contains(known, StringComparer.OrdinalIgnoreCase)))
            await github.RemoveLabelAsync(repo.Name, row.Number, stale, cancellationToken);
        if (label.Length > 0 && !there.Contains(label, StringComparer.OrdinalIgnoreCase))
            await github.AddLabelAsync(repo.Name, row.Number, label, cancellationToken);
        return label;
    }

    private async Task<string?> SetStatusAsync(OutwardRow row, GitHubRepository repo, CancellationToken cancellationToken)
    {
        if (!repo.MaySetStatus) throw Denied("set commit statuses", repo);
        // Asked now: the head that a delivery named may have moved on.
        if (await github.ReadHeadAsync(repo.Name, row.Number, cancellationToken) is not { } head) return null;
        var shown = $"{head} {row.Text}";
        if (await storage.GitHubOutbox.FindShownAsync(row, cancellationToken) == shown) return shown;
        var words = row.Text.Split(' ', 2);
        await github.SetStatusAsync(repo.Name, head, words[0], words[1], cancellationToken);
        return shown;
    }

    private static GitHubException Denied(string what, GitHubRepository repo) =>
        new(GitHubFault.Denied, $"The token may not {what} in {repo.Name}.");
}
