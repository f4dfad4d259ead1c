using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary>The lists of a desk, each with how to see the rest of it.</summary>
internal sealed class DeskSections(Invocation invocation, Desk desk)
{
    private bool _isFirst = true;

    public void Reviews() => Tasks("reviews", desk.Reviews, "under review", "owp task list --status pr_opened --sort status_since",
        Pull, Worker, Trust, Title);

    public void Merges() => Tasks("merges", desk.Merges, "reported as merged, to be confirmed: 'owp task accept', or 'reject'",
        "owp task list --merge-reported true --status pr_opened,merged --sort created", Status, Pull, Worker, Trust, Title);

    public void Blocked() => Tasks("blocked", desk.Blocked, "blocked", "owp task list --status blocked --sort status_since",
        Worker, Said("waits for"), Title with { Rank = 1 });

    public void DeadLetters() => Tasks("dead_letters", desk.DeadLetters, "out of attempts: 'owp task requeue', or 'cancel'",
        "owp task list --status dead_letter --sort=-updated", Worker, Said("last reason"), Title with { Rank = 1 });

    public void Workers() => Write("workers", desk.Workers, "failing",
        "owp admin worker list --sort failures",
        new Column<DeskWorker>("worker", worker => worker.WorkerId) { IsId = true },
        new("name", worker => worker.Name) { Cuts = true },
        new("status", worker => worker.Status),
        new("failed", worker => $"{worker.FailuresInARow} in a row"),
        new("paused by", worker => worker.PausedBy is "worker" ? "itself" : worker.PausedBy) { Rank = 1 },
        new("until", worker => worker.PausedUntil) { Rank = 2 },
        new("trust", worker => worker.TrustTier) { Rank = 4 },
        new("said", worker => worker.Message) { Wraps = true, Rank = 3 });

    public void Repos() => Write("repos", desk.Repos, "without room while tasks wait", "owp repo list",
        new Column<DeskRepo>("repo", repo => repo.Repo),
        new("waiting", repo => repo.Ready),
        new("reason", repo => repo.Reason is "repo_paused" ? "paused" : "budget full"),
        new("budget", repo => $"{repo.Reserved}/{repo.MaxOpenPrs}"),
        new("under review", repo => repo.UnderReview) { Rank = 1 });

    private static Column<DeskTask> Status => new("status", task => task.Status) { Rank = 5 };

    private static Column<DeskTask> Worker => new("worker", task => task.WorkerName ?? task.WorkerId) { Cuts = true, Rank = 2 };

    private static Column<DeskTask> Trust => new("trust", task => task.TrustTier) { Rank = 3 };

    private static Column<DeskTask> Pull => new("pull request", task => task.PrUrl) { Rank = 1 };

    private static Column<DeskTask> Title => new("title", task => task.Title) { Cuts = true };

    private static Column<DeskTask> Said(string header) => new(header, task => task.Message) { Wraps = true };

    private void Tasks(string name, DeskList<DeskTask> list, string what, string rest, params ReadOnlySpan<Column<DeskTask>> columns) =>
        Write(name, list, what, rest,
        [
            new("task", task => task.TaskId) { IsId = true },
            new("since", task => invocation.Host.IsOutputTerminal ? Ago.Length(Age(task)) : task.StatusSince),
            .. columns,
        ]);

    private void Write<T>(string name, DeskList<T> list, string what, string rest, params Column<T>[] columns)
    {
        if (list.Total == 0) return;
        if (!_isFirst) invocation.Answer.WriteRemark("");
        _isFirst = false;
        invocation.Answer.WriteSection(name, $"{Heading(name)}: {list.Total} {what}", list.Items, columns);
        if (list.Total > list.Items.Count) invocation.Answer.WriteRemark($"{list.Total - list.Items.Count} more: {rest}");
    }

    private TimeSpan Age(DeskTask task) => task.StatusSince < desk.At ? desk.At - task.StatusSince : TimeSpan.Zero;

    private static string Heading(string name) => name.Replace('_', ' ') is var words ? char.ToUpperInvariant(words[0]) + words[1..] : name;
}
