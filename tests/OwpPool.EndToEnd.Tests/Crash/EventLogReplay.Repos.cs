namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>Budgets and areas (I3, I4), and the states that the log must lead to.</summary>
internal sealed partial class EventLogReplay
{
    private void ApplyToRepo(LoggedEvent logged)
    {
        if (logged.Type == "repo.created") Require(Repos.TryAdd(logged.Target, new RepoBook()), $"{logged}: this repo was created before.");
        if (!Repos.TryGetValue(logged.Target, out var book))
        {
            Fail($"{logged}: this repo was never created.");
        }
        else if (logged.Type is "repo.created" or "repo.updated")
        {
            book.Settings.Add((logged.Seq, (int)Number(logged["max_open_prs"]), logged["paused"] == "true"));
            book.LocksUntilMerged = logged["area_lock_until"] == "merged";
        }
        else if (logged.Type == "repo.budget_reserved")
        {
            Reserve(book, logged);
        }
        else
        {
            Fail($"{logged}: an event that this check does not know.");
        }
    }

    private void Reserve(RepoBook book, LoggedEvent logged)
    {
        var reserved = Words(logged["reserved"]);
        var (limit, inUse) = (book.Settings[^1].MaxOpenPrs, Number(logged["in_use"]));
        Require(Number(logged["max_open_prs"]) == limit, $"{logged}: reserved under {logged["max_open_prs"]}, {limit} is in force.");
        Require(inUse >= book.Held.Count,
            $"{logged}: the ledger names {inUse} tasks, {book.Held.Count} hold budget: {string.Join(' ', book.Held.Keys)}.");
        if (reserved.Length == 0) return;
        var needed = Math.Max(inUse, book.Held.Keys.Union(reserved).Count());
        Require(needed <= limit, $"{logged}: {needed} tasks in use, {limit} allowed.");
        Require(!book.Settings[^1].Paused, $"{logged}: reserved in a paused repo.");
        foreach (var taskId in reserved) book.LimitOf[taskId] = limit;
    }

    /// <summary>Follows what the task holds of its repo.</summary>
    private void Occupy(TaskBook task, TaskPicture before, TaskPicture after, LoggedEvent logged)
    {
        if (!Repos.TryGetValue(task.Repo, out var repo))
        {
            Fail($"{logged}: the repo {task.Repo} does not exist.");
            return;
        }
        if (!after.HoldsBudget)
        {
            repo.Held.Remove(task.TaskId);
            return;
        }
        repo.Held[task.TaskId] = task;
        if (logged.Type == "task.leased")
        {
            Require(repo.LimitOf.TryGetValue(task.TaskId, out var limit), $"{logged}: granted without a reservation.");
            Require(repo.Held.Count <= limit, $"{logged}: {repo.Held.Count} tasks hold the budget of {limit} in {task.Repo}.");
        }
        if (task.AreaKey is null || !HoldsArea(repo, after) || HoldsArea(repo, before)) return;
        var rival = repo.Held.Values.FirstOrDefault(other => other != task && other.AreaKey == task.AreaKey && HoldsArea(repo, other.Now));
        Require(rival is null, $"{logged}: takes the area {task.AreaKey} of {task.Repo} that {rival?.TaskId} ({rival?.Now.Phase}) holds.");
    }

    private static bool HoldsArea(RepoBook repo, TaskPicture task) => task.IsLeased || (task.Phase == "pr_opened" && repo.LocksUntilMerged);

    /// <summary>No state without its events, no event without its state.</summary>
    private void CompareStates()
    {
        foreach (var row in _image.Tasks)
        {
            if (!Tasks.TryGetValue(row.TaskId, out var book))
            {
                Fail($"The state of {row.TaskId} has no event.");
                continue;
            }
            var state = new TaskPicture(book.Now.Seq, row.Phase, row.WorkerId, row.LeaseId, row.ExpiresAt, row.Token);
            Require(state == book.Now, $"The state of {row.TaskId} is {state}, its events lead to {book.Now}.");
        }
        foreach (var taskId in Tasks.Keys.Except(_areas.Keys)) Fail($"{taskId} has events and no state.");
        foreach (var row in _image.Repos)
        {
            if (!Repos.TryGetValue(row.Repo, out var book))
            {
                Fail($"The state of {row.Repo} has no event.");
                continue;
            }
            Require((row.MaxOpenPrs, row.Paused) == (book.Settings[^1].MaxOpenPrs, book.Settings[^1].Paused),
                $"The state of {row.Repo} is not where its events lead: {book.Settings[^1]}.");
            foreach (var taskId in book.Held.Keys.Except(row.Ledger))
                Fail($"The ledger of {row.Repo} misses {taskId}, which holds budget.");
        }
        foreach (var repo in Repos.Keys.Except(_image.Repos.Select(row => row.Repo))) Fail($"{repo} has events and no state.");
        Require(_image.Workers == Workers.Count, $"{Workers.Count} workers were registered, {_image.Workers} are stored.");
    }

    private static string[] Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
