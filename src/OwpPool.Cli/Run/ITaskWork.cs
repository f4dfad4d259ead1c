namespace OwpPool.Cli.Run;

/// <summary>What is done with a lease: a command, or a pretence.</summary>
internal interface ITaskWork
{
    /// <summary>Called once, when the pool has said what this worker holds from an earlier life, before any of it goes on.</summary>
    /// <param name="held">What those leases are known by.</param>
    /// <param name="ct">The worker takes nothing new.</param>
    Task ResumeAsync(IReadOnlySet<string> held, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Works on a task. Called again, with <see cref="TaskTurn.IsRetry"/>, when it was blocked.</summary>
    /// <param name="turn">The lease, and what can be told about it meanwhile.</param>
    /// <param name="ct">The lease is not this worker's any more, or the worker stops now: everything must end before this returns.</param>
    Task<WorkOutcome> DoAsync(TaskTurn turn, CancellationToken ct);

    /// <summary>Tidies up; the pool knows the outcome by now, and the next task may already run.</summary>
    /// <param name="turn">The last one.</param>
    /// <param name="outcome">Null: the lease was lost.</param>
    /// <param name="ct">The worker stops now.</param>
    Task DoneAsync(TaskTurn turn, WorkOutcome? outcome, CancellationToken ct);
}
