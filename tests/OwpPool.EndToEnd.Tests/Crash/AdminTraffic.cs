using System.Text.Json.Nodes;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>A maintainer: adds tasks as they are used up, and may meddle with limits, tasks and workers.</summary>
/// <remarks>Only one meddles: what it repeats after a lost answer must not have been changed by another meanwhile.</remarks>
internal sealed class AdminTraffic(PoolCaller caller, Random dice, IReadOnlyList<string> repos, bool meddles)
{
    /// <summary>Who holds OWP_ADMIN_TOKEN, as the log names it.</summary>
    public const string Admin = "admin:root";

    /// <summary>Enough that nobody idles for long, few enough that tasks end.</summary>
    private const int WantedReady = 60;

    private static readonly string?[] Areas = [null, null, null, "src", "./SRC/", "docs", "a/b", "a\\b"];

    private readonly List<string> _tasks = [];
    private readonly List<string> _paused = [];

    /// <summary>Makes the repos, adds tasks and meddles, until it is told to stop.</summary>
    public async Task RunAsync()
    {
        foreach (var repo in repos) await UpsertAsync(repo, 30, repo.EndsWith("blog", StringComparison.Ordinal) ? "merged" : "pr_opened");
        while (!caller.Stop.IsCancellationRequested)
        {
            var ready = await CountReadyAsync();
            for (var i = 0; i < 10 && !caller.Stop.IsCancellationRequested; i++) await StepAsync(ready + i < WantedReady);
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(50)), caller.Stop);
        }
    }

    private Task StepAsync(bool tasksAreWanted) =>
        meddles && (!tasksAreWanted || dice.Next(5) == 0) ? MeddleAsync() : tasksAreWanted ? CreateTaskAsync() : Task.CompletedTask;

    private async Task<int> CountReadyAsync()
    {
        var operation = New(OperationKind.State);
        var state = await caller.SendAsync(operation, null, "/v1/admin/state", null, repeats: true);
        caller.History.Ended(operation);
        return state is null ? 0 : (int)state["tasks_ready"]!;
    }

    private async Task CreateTaskAsync()
    {
        var how = dice.Next(3);
        var key = how == 0 ? $"key-{caller.History.NextNumber()}" : null;
        var operation = New(OperationKind.CreateTask) with { Key = key };
        var body = new
        {
            repo = repos[dice.Next(repos.Count)],
            title = operation.Marker,
            estimate_points = dice.Next(1, 4),
            priority = dice.Next(30),
            required_skills = dice.Next(4) == 0 ? new[] { "Go" } : [],
            area = Areas[dice.Next(Areas.Length)],
            external_id = how == 1 ? $"ext-{operation.Number}" : null,
        };
        var answer = await caller.SendAsync(operation, null, "/v1/admin/tasks", body, repeats: how < 2);
        if (answer is not null) _tasks.Add(operation.Answer = (string)answer["task_id"]!);
        caller.History.Ended(operation);
    }

    private Task MeddleAsync() => dice.Next(10) switch
    {
        < 2 => UpsertAsync(repos[dice.Next(repos.Count)], dice.Next(5, 40)),
        < 4 => PauseRepoAsync(repos[dice.Next(repos.Count)]),
        < 7 when _tasks.Count > 0 => OverrideAsync(OperationKind.Requeue),
        < 8 when _tasks.Count > 0 => OverrideAsync(OperationKind.Cancel),
        _ => PauseWorkerAsync(),
    };

    private async Task UpsertAsync(string repo, int limit, string? areaLockUntil = null)
    {
        var operation = New(OperationKind.UpsertRepo) with { Target = repo, Asked = limit.ToString() };
        var body = new { repo, max_open_prs = limit, area_lock_until = areaLockUntil };
        await caller.SendAsync(operation, null, "/v1/admin/repos", body, repeats: true);
        caller.History.Ended(operation);
    }

    /// <summary>Pauses a repo for a moment.</summary>
    private async Task PauseRepoAsync(string repo)
    {
        foreach (var (verb, asked) in new[] { ("pause", "paused"), ("resume", "resumed") })
        {
            var operation = New(OperationKind.PauseRepo) with { Target = repo, Asked = asked };
            await caller.SendAsync(operation, null, $"/v1/admin/repos/{repo}/{verb}", new { }, repeats: true);
            caller.History.Ended(operation);
        }
    }

    private async Task OverrideAsync(OperationKind kind)
    {
        // Young tasks mostly: they are the ones that somebody holds.
        var taskId = _tasks[Math.Max(0, _tasks.Count - 1 - dice.Next(200))];
        var operation = New(kind) with { Target = taskId };
        var verb = kind is OperationKind.Requeue ? "requeue" : "cancel";
        // Cancelled twice is cancelled; put back twice may take the task from two holders.
        var repeats = kind is OperationKind.Cancel;
        var path = $"/v1/admin/tasks/{taskId}/{verb}";
        var answer = await caller.SendAsync(operation, null, path, new { reason = operation.Marker }, repeats);
        operation.Answer = (string?)answer?["status"];
        caller.History.Ended(operation);
    }

    private async Task PauseWorkerAsync()
    {
        var resumes = _paused.Count > 2;
        var workerId = resumes ? _paused[0] : caller.History.SomeWorker(dice);
        if (workerId is null) return;
        var operation = New(OperationKind.PauseWorker) with { Target = workerId, Asked = resumes ? "resumed" : "paused" };
        var path = $"/v1/workers/{workerId}/{(resumes ? "resume" : "pause")}";
        await caller.SendAsync(operation, null, path, new { reason = operation.Marker }, repeats: true);
        if (resumes) _paused.RemoveAt(0);
        else _paused.Add(workerId);
        caller.History.Ended(operation);
    }

    private Operation New(OperationKind kind) => new(caller.History.NextNumber(), kind, Admin);
}
