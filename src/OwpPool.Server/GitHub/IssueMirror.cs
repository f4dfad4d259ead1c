using System.Globalization;
using System.Text.Json;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Events;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Shows on GitHub what became of a task, as far as the repo's sync setting grants it. Told the same event twice, it does it once:
/// labels and statuses say what is, and a comment carries the number of its event.</summary>
public sealed class IssueMirror(SqliteStorage storage, IGrainFactory grains, GitHubClient github)
{
    private const string LabelPrefix = "pool:";
    private static readonly string[] Labels =
        [.. new[] { "leased", "in-progress", "in-review", "merged" }.Select(word => LabelPrefix + word)];

    /// <summary>The events that have something to show.</summary>
    public static EventFilter Filter { get; } = new()
    {
        Topics =
        [
            "task.leased", "task.started", "task.blocked", "task.pr_opened", "task.changes_requested", "task.merged", "task.rejected",
            "task.released", "task.expired", "task.failed", "task.worker_lost", "task.dead_lettered", "task.requeued", "task.cancelled",
            "task.pull_request_ignored", "repo.created", "repo.updated", "repo.github_linked",
        ],
    };

    /// <summary>The settings of the repos met so far. Their changes are events of the same log, so what is here is never older than the
    /// event at hand; and for repos that show nothing, nothing is read.</summary>
    private readonly Dictionary<string, SyncedRepo?> _synced = new(StringComparer.Ordinal);

    /// <summary>Shows one event. Events come one at a time, in order.</summary>
    /// <param name="item">The event.</param>
    /// <param name="mayBeRepeat">It may have been shown before, in part: the last run did not come to note that it was.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether its repo shows anything at all.</returns>
    /// <exception cref="GitHubException">GitHub did not take it.</exception>
    public async Task<bool> ShowAsync(PoolEvent item, bool mayBeRepeat, CancellationToken cancellationToken)
    {
        if (item.Repo is not { } key) return false;
        if (item.Target == key)
        {
            _synced.Remove(key);
            return false;
        }
        if (!_synced.TryGetValue(key, out var repo))
            _synced[key] = repo = await storage.GitHubRepos.FindAsync(key, cancellationToken);
        if (repo is not { Sync.Bidirectional: true }) return false;
        if (await grains.GetTask(item.Target).GetAsync() is { } task) await ShowAsync(item, repo, task, mayBeRepeat, cancellationToken);
        return true;
    }

    private async Task ShowAsync(PoolEvent item, SyncedRepo repo, TaskState task, bool mayBeRepeat, CancellationToken cancellationToken)
    {
        var issue = IssueImport.IssueOf(task);
        if (repo.Sync.Labels && issue is { } labelled) await LabelAsync(repo.Name, labelled, task.Phase, cancellationToken);
        using var details = JsonDocument.Parse(item.Details);
        var pull = PullRequestUrl.TryParse(JsonRead.Text(details.RootElement, "pr_url"), out var url)
            && Names.CanonicalRepo(url.Repo) == repo.Repo ? url : null;
        if (repo.Sync.Status && pull is not null) await SetStatusAsync(repo.Name, item, pull, task, cancellationToken);
        if (!repo.Sync.Comments) return;
        if (item.Type == "task.leased" && issue is { } leased)
            await CommentAsync(repo.Name, leased, item, $"{await NameOfAsync(item.Actor, cancellationToken)} works on this.", mayBeRepeat,
                cancellationToken);
        if (item.Type != "task.pr_opened" || pull is null) return;
        if (issue is { } reviewed)
            await CommentAsync(repo.Name, reviewed, item, $"Under review in #{Text(pull.Number)}.", mayBeRepeat, cancellationToken);
        await CommentAsync(repo.Name, pull.Number, item, $"This pull request serves task `{task.TaskId}` of the pool.", mayBeRepeat,
            cancellationToken);
    }

    private async Task LabelAsync(string repo, int issue, TaskPhase phase, CancellationToken cancellationToken)
    {
        var wanted = phase switch
        {
            TaskPhase.Leased => "leased",
            TaskPhase.InProgress or TaskPhase.Blocked => "in-progress",
            TaskPhase.PrOpened => "in-review",
            TaskPhase.Merged => "merged",
            _ => null,
        };
        var label = wanted is null ? null : LabelPrefix + wanted;
        var there = await github.ListLabelsAsync(repo, issue, cancellationToken);
        foreach (var stale in Labels.Where(known => known != label && there.Contains(known, StringComparer.OrdinalIgnoreCase)))
            await github.RemoveLabelAsync(repo, issue, stale, cancellationToken);
        if (label is not null && !there.Contains(label, StringComparer.OrdinalIgnoreCase))
            await github.AddLabelAsync(repo, issue, label, cancellationToken);
    }

    private async Task SetStatusAsync(string repo, PoolEvent item, PullRequestUrl pull, TaskState task, CancellationToken cancellationToken)
    {
        var (state, words) = item.Type switch
        {
            "task.pr_opened" or "task.merged" => ("success", $"Serves task {task.TaskId}."),
            "task.changes_requested" => ("pending", "Changes were requested."),
            "task.pull_request_ignored" => ("failure", "Moves no task of the pool; the task's events say why."),
            _ => (null, null),
        };
        if (state is null) return;
        var seen = await storage.PullRequests.FindSignalAsync(PullRequestUrl.KeyOf(pull.Address), cancellationToken);
        var sha = seen?.HeadSha ?? (await github.ReadPullAsync(pull, cancellationToken))?.HeadSha;
        if (sha is not null) await github.SetStatusAsync(repo, sha, state, words!, cancellationToken);
    }

    private async Task CommentAsync(
        string repo, int number, PoolEvent item, string text, bool mayBeRepeat, CancellationToken cancellationToken)
    {
        // Not seen by readers, but by the next try.
        var mark = $"<!-- owp-pool event {new ResumePoint(item.Seq, item.Mark)} -->";
        if (mayBeRepeat && await github.HasCommentAsync(repo, number, mark, item.At.AddMinutes(-5), cancellationToken)) return;
        await github.CommentAsync(repo, number, $"{text}\n\n{mark}", cancellationToken);
    }

    /// <summary>How to call a worker in public: by its login, which no text of its own can be hidden in; without the @ that would send it a
    /// mail.</summary>
    private async Task<string> NameOfAsync(string workerId, CancellationToken cancellationToken)
    {
        var handle = PullRequestRules.CanonicalHandle(await storage.ReadModel.ReadGithubHandleAsync(workerId, cancellationToken));
        return handle is not null && handle.All(character => char.IsAsciiLetterOrDigit(character) || character == '-') ? $"`{handle}`"
            : $"`{workerId}`";
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
