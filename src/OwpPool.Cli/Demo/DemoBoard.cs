using OwpPool.Client;

namespace OwpPool.Cli.Demo;

/// <summary>A task as the board shows it.</summary>
internal sealed record DemoTask(string TaskId, string Title, int Points, string? Area);

/// <summary>One step of one task.</summary>
internal sealed record DemoStep(DateTimeOffset At, string Worker, DemoTask Task, string Phase, string? Note);

/// <summary>What one worker has done and does.</summary>
internal sealed record DemoWorkerLine(
    string Name, IReadOnlyList<string> Skills, IReadOnlyList<DemoStep> Doing, IReadOnlyList<DemoTask> Merged);

/// <summary>What is known at one moment.</summary>
internal sealed record DemoPicture(int Total, int Merged, int MergedBefore, IReadOnlyList<DemoWorkerLine> Workers, PoolState? Pool);

/// <summary>Who works on what, as the workers report it. Safe to use from all of them at once.</summary>
internal sealed class DemoBoard
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly HashSet<string> _open;
    private readonly int _total;
    private readonly Dictionary<string, (DemoProfile Profile, Dictionary<string, DemoStep> Doing, List<DemoTask> Merged)> _workers;
    private readonly TaskCompletionSource _allMerged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _mergedBefore;
    private long _lastStep;
    private PoolState? _pool;

    public DemoBoard(IEnumerable<string> taskIds, IEnumerable<DemoProfile> crew, TimeProvider time)
    {
        _time = time;
        _open = [.. taskIds];
        _total = _open.Count;
        _workers = crew.ToDictionary(profile => profile.Name,
            profile => (profile, new Dictionary<string, DemoStep>(), new List<DemoTask>()));
        _lastStep = time.GetTimestamp();
    }

    /// <summary>Each step, in order, as it happens. Called under the board's lock: be quick, and do not call back.</summary>
    public event Action<DemoStep>? Stepped;

    /// <summary>Ends when every task of the file is merged.</summary>
    public Task AllMerged => _allMerged.Task;

    /// <summary>Time since any task made a step.</summary>
    public TimeSpan SinceLastStep
    {
        get
        {
            lock (_gate) return _time.GetElapsedTime(_lastStep);
        }
    }

    /// <summary>A worker's task has come to <paramref name="phase"/>.</summary>
    public void Record(string worker, DemoTask task, string phase, string? note = null)
    {
        lock (_gate)
        {
            var step = new DemoStep(_time.GetUtcNow(), worker, task, phase, note);
            var (_, doing, merged) = _workers[worker];
            doing.Remove(task.TaskId);
            if (phase == DemoPhase.Merged) merged.Add(task);
            else if (phase != DemoPhase.Lost) doing[task.TaskId] = step;
            _lastStep = _time.GetTimestamp();
            Stepped?.Invoke(step);
            if (phase == DemoPhase.Merged) Finish(task.TaskId);
        }
    }

    /// <summary>A task was merged before this run.</summary>
    public void MergedBefore(string taskId)
    {
        lock (_gate)
        {
            if (_open.Contains(taskId)) _mergedBefore++;
            Finish(taskId);
        }
    }

    /// <summary>The pool's own numbers. Where nothing of it is open any more, others have merged what is missing here.</summary>
    public void Record(PoolState pool)
    {
        lock (_gate)
        {
            _pool = pool;
            if (IsFinished(pool)) _allMerged.TrySetResult();
        }
    }

    public DemoPicture Picture()
    {
        lock (_gate)
        {
            var lines = _workers.Values.Select(worker => new DemoWorkerLine(
                worker.Profile.Name, worker.Profile.Skills, [.. worker.Doing.Values.OrderBy(step => step.At)], [.. worker.Merged]));
            var merged = AllMerged.IsCompleted ? _total : _total - _open.Count;
            return new DemoPicture(_total, merged, _mergedBefore, [.. lines], _pool);
        }
    }

    private bool IsFinished(PoolState pool) => pool.TasksMerged >= _total
        && pool is { TasksReady: 0, TasksQueued: 0, TasksDeadLetter: 0 }
        && pool is { TasksLeased: 0, TasksInProgress: 0, TasksBlocked: 0, TasksPrOpened: 0 };

    private void Finish(string taskId)
    {
        _open.Remove(taskId);
        if (_open.Count == 0) _allMerged.TrySetResult();
    }
}

/// <summary>The board's words: OWP's phases, and what became of a task that a worker could not keep.</summary>
internal static class DemoPhase
{
    public const string Leased = "leased";
    public const string InProgress = "in_progress";
    public const string PrOpened = "pr_opened";
    public const string Merged = "merged";
    public const string Lost = "lost";
}
