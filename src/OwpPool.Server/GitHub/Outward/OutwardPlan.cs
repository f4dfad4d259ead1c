using System.Globalization;
using System.Text.Json;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub.Outward;

/// <summary>What of the event log is to be shown on GitHub: as far as the repo's sync setting asks for it.</summary>
public sealed class OutwardPlan(SqliteStorage storage)
{
    private const string Ignored = "task.pull_request_ignored";

    /// <summary>The events that have something to show.</summary>
    public static EventFilter Filter { get; } = new()
    {
        Topics =
        [
            "task.leased", "task.started", "task.blocked", "task.pr_opened", "task.changes_requested", "task.merged", "task.rejected",
            "task.released", "task.expired", "task.failed", "task.worker_lost", "task.dead_lettered", "task.requeued", "task.cancelled",
            Ignored, "repo.created", "repo.updated", "repo.github_linked",
        ],
    };

    /// <summary>The settings of the repos met so far. Their changes are events of the same log, so what is here is never older than the
    /// event at hand; and for repos that show nothing, nothing is read.</summary>
    private readonly Dictionary<string, SyncedRepo?> _synced = new(StringComparer.Ordinal);

    /// <summary>What an event is to show; none where its repo shows nothing. Events come one at a time, in order.</summary>
    /// <exception cref="JsonException">The event cannot be read.</exception>
    public async Task<IReadOnlyList<OutwardRow>> ReadAsync(PoolEvent item, CancellationToken cancellationToken)
    {
        if (item.Repo is not { } key) return [];
        if (item.Target == key)
        {
            _synced.Remove(key);
            return [];
        }
        if (!_synced.TryGetValue(key, out var repo))
            _synced[key] = repo = await storage.GitHubRepos.FindAsync(key, cancellationToken);
        if (repo is not { Sync.Bidirectional: true }) return [];
        if (await storage.GitHubRepos.FindTaskAsync(item.Target, cancellationToken) is not { } task) return [];
        // Its issue and pull request are of the repository that had the name before.
        if (task.CreatedAt < repo.Sync.RepositoryFrom) return [];
        return [.. await RowsAsync(item, repo, IssueImport.IssueOf(repo.Repo, task.ExternalId, repo), cancellationToken)];
    }

    private async Task<List<OutwardRow>> RowsAsync(PoolEvent item, SyncedRepo repo, int? issue, CancellationToken cancellationToken)
    {
        var rows = new List<OutwardRow>();
        using var details = JsonDocument.Parse(item.Details);
        int? pull = PullRequestUrl.TryParse(JsonRead.Text(details.RootElement, "pr_url"), out var url)
            && Names.CanonicalRepo(url.Repo) == repo.Repo ? url.Number : null;
        if (repo.Sync.WritesLabels && issue is { } labelled && item.Type != Ignored) Add(OutwardKind.Label, labelled, "");
        if (repo.Sync.WritesStatus && pull is { } judged && StatusOf(item) is { } status) Add(OutwardKind.Status, judged, status);
        if (!repo.Sync.Comments) return rows;
        if (item.Type == "task.leased" && issue is { } leased)
            Add(OutwardKind.Comment, leased, $"{await NameOfAsync(item.Actor, cancellationToken)} works on this.");
        if (item.Type != "task.pr_opened" || pull is not { } opened) return rows;
        if (issue is { } reviewed)
            Add(OutwardKind.Comment, reviewed, string.Create(CultureInfo.InvariantCulture, $"Under review in #{opened}."));
        Add(OutwardKind.Comment, opened, $"This pull request serves task `{item.Target}` of the pool.");
        return rows;

        void Add(OutwardKind kind, int number, string text) => rows.Add(new OutwardRow
        {
            Repo = repo.Repo, Kind = kind, Number = number, TaskId = item.Target, Seq = item.Seq, At = item.At, Text = text,
        });
    }

    /// <summary>GitHub's word and a description of at most 140 characters.</summary>
    private static string? StatusOf(PoolEvent item) => item.Type switch
    {
        "task.pr_opened" or "task.merged" => $"success Serves task {item.Target}.",
        "task.changes_requested" => "pending Changes were requested.",
        Ignored => "failure Moves no task of the pool; the task's events say why.",
        _ => null,
    };

    /// <summary>How to call a worker in public: by its login, which no text of its own can be hidden in; without the @ that would send it a
    /// mail.</summary>
    private async Task<string> NameOfAsync(string workerId, CancellationToken cancellationToken)
    {
        var handle = PullRequestRules.CanonicalHandle(await storage.ReadModel.ReadGithubHandleAsync(workerId, cancellationToken));
        return handle is not null && handle.All(character => char.IsAsciiLetterOrDigit(character) || character == '-') ? $"`{handle}`"
            : $"`{workerId}`";
    }
}
