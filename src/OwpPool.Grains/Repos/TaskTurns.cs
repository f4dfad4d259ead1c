namespace OwpPool.Grains.Repos;

/// <summary>Lets a reentrant grain call a task in one order: for each task id one call at a time, in the order of arrival, so that answers
/// cannot overtake each other. Runs on the grain's own turns; no locks.</summary>
public sealed class TaskTurns
{
    private readonly Dictionary<string, Task> _tails = new(StringComparer.Ordinal);

    /// <summary>Runs <paramref name="call"/> after the earlier calls of the same task.</summary>
    public async Task<T> RunAsync<T>(string taskId, Func<Task<T>> call)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = _tails.GetValueOrDefault(taskId);
        _tails[taskId] = turn.Task;
        try
        {
            if (before is not null) await before;
            return await call();
        }
        finally
        {
            if (_tails.GetValueOrDefault(taskId) == turn.Task) _tails.Remove(taskId);
            turn.SetResult();
        }
    }
}
