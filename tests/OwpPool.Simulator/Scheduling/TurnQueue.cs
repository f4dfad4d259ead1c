namespace OwpPool.Simulator;

/// <summary>Runs its work one item at a time, in order, when the <see cref="SimulationScheduler"/> picks it. As a
/// <see cref="TaskScheduler"/> it is where the continuations of its own awaits come back to.</summary>
/// <remarks>Not thread-safe: everything of a simulation happens on one thread, and the scheduler reports what does not.</remarks>
internal class TurnQueue(SimulationScheduler scheduler) : TaskScheduler
{
    private readonly Queue<object> _ready = new();
    private bool _scheduled;

    public override int MaximumConcurrencyLevel => 1;

    internal SimulationScheduler Scheduler => scheduler;

    /// <summary>Whether a turn is waiting; the scheduler must not pick a queue that has none.</summary>
    internal bool HasTurn => _ready.Count > 0;

    protected virtual Activation? Context => null;

    private bool IsAbandoned { get; set; }

    /// <summary>Runs one turn. False when there was none; then the queue must be scheduled anew, which happens by itself.</summary>
    internal bool RunTurn()
    {
        if (!_ready.TryDequeue(out var work))
        {
            _scheduled = false;
            return false;
        }
        var outer = Turn.Current;
        Turn.Current = Context;
        try
        {
            if (work is Task task) TryExecuteTask(task);
            else RunWork(work);
        }
        finally
        {
            Turn.Current = outer;
        }
        return true;
    }

    /// <summary>Runs an asynchronous function as turns of this queue.</summary>
    internal Task RunAsync(Func<Task> work)
    {
        using (SuppressedFlow.Begin())
            return Task.Factory.StartNew(async () => await work(), CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
    }

    /// <inheritdoc cref="RunAsync(Func{Task})"/>
    internal Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        using (SuppressedFlow.Begin())
            return Task.Factory.StartNew(async () => await work(), CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
    }

    /// <summary>Runs the action in a turn of its own.</summary>
    internal void RunSoon(Action action) => new Task(action).Start(this);

    /// <summary>Drops what is waiting and takes nothing more: the process is gone, as far as this queue knows.</summary>
    internal virtual void Abandon()
    {
        _ready.Clear();
        IsAbandoned = true;
    }

    /// <summary>Runs work that is not a task.</summary>
    protected virtual void RunWork(object work) => throw new InvalidOperationException($"Unknown work {work}.");

    protected void Post(object work)
    {
        // The run cannot be repeated any more and ends with this report, whatever becomes of the work.
        if (!scheduler.IsOnItsThread(this) || IsAbandoned) return;
        _ready.Enqueue(work);
        if (_scheduled) return;
        _scheduled = true;
        scheduler.Schedule(this);
    }

    /// <summary>Runs <paramref name="task"/> now, as part of the turn that is running on this thread.</summary>
    protected void RunInline(Task task) => task.RunSynchronously(this);

    protected override void QueueTask(Task task) => Post(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Context is { } context && ReferenceEquals(Turn.Current, context) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _ready.OfType<Task>().ToArray();
}
