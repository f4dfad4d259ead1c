namespace Orleans.Runtime;

/// <summary>Runs its work one item at a time, in order, on whichever thread the <see cref="ITurnScheduler"/> gives it. As a
/// <see cref="TaskScheduler"/> it is where the continuations of its own awaits come back to.</summary>
internal class TurnQueue(ITurnScheduler turns) : TaskScheduler, IThreadPoolWorkItem
{
    /// <summary>How long one visit to a thread lasts before other queues get their chance.</summary>
    private const long QuantumMilliseconds = 50;

    private readonly Queue<object> _ready = new();
    private bool _scheduled;

    /// <summary>Guards the queue and whatever a derived class keeps consistent with it.</summary>
    protected Lock Gate { get; } = new();

    protected ITurnScheduler Turns => turns;

    public override int MaximumConcurrencyLevel => 1;

    void IThreadPoolWorkItem.Execute()
    {
        var start = Environment.TickCount64;
        while (RunTurn())
        {
            if (Environment.TickCount64 - start < QuantumMilliseconds)
                continue;
            turns.Schedule(this);
            return;
        }
    }

    /// <summary>Runs one turn. False when there was none; then the queue must be scheduled anew, which happens by itself.</summary>
    internal bool RunTurn()
    {
        object work;
        lock (Gate)
        {
            if (!_ready.TryDequeue(out work!))
            {
                _scheduled = false;
                return false;
            }
        }
        var outer = RuntimeContext.Current;
        RuntimeContext.Current = Context;
        try
        {
            if (work is Task task)
                TryExecuteTask(task);
            else
                RunWork(work);
        }
        finally
        {
            RuntimeContext.Current = outer;
        }
        return true;
    }

    /// <summary>Whether a turn is waiting; for the simulator, which must not pick a queue that has none.</summary>
    internal bool HasTurn
    {
        get
        {
            lock (Gate)
                return _ready.Count > 0;
        }
    }

    /// <summary>Runs an asynchronous function as turns of this queue.</summary>
    internal Task RunAsync(Func<Task> work)
    {
        using (SuppressedFlow.Begin())
        {
            return Task.Factory.StartNew(async () => await work(), CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
        }
    }

    /// <inheritdoc cref="RunAsync(Func{Task})"/>
    internal Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        using (SuppressedFlow.Begin())
        {
            return Task.Factory.StartNew(async () => await work(), CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
        }
    }

    /// <summary>Drops what is waiting and takes nothing more: the process is gone, as far as this queue knows.</summary>
    internal virtual void Abandon()
    {
        lock (Gate)
        {
            _ready.Clear();
            IsAbandoned = true;
        }
    }

    protected bool IsAbandoned { get; private set; }

    protected virtual Activation? Context => null;

    /// <summary>Runs work that is not a task.</summary>
    protected virtual void RunWork(object work) => throw new InvalidOperationException($"Unknown work {work}.");

    protected void Post(object work)
    {
        lock (Gate)
        {
            if (IsAbandoned)
                return;
            _ready.Enqueue(work);
            if (_scheduled)
                return;
            _scheduled = true;
        }
        turns.Schedule(this);
    }

    /// <summary>Runs <paramref name="task"/> now, as part of the turn that is running on this thread.</summary>
    protected void RunInline(Task task) => task.RunSynchronously(this);

    protected override void QueueTask(Task task) => Post(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Context is { } context && ReferenceEquals(RuntimeContext.Current, context) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (Gate)
            return _ready.OfType<Task>().ToArray();
    }
}
