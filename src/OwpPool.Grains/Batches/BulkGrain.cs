using Microsoft.Extensions.Logging;
using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Batches;

/// <summary>Writes what is to be done with which tasks, and does it in steps that each fit a call's time. How far it has come is stored after
/// each step; what a step that was broken off has done, the audit log knows.</summary>
[GrainType(GrainNames.Bulk)]
public sealed partial class BulkGrain(
    IGrainContext context, [PersistentState(GrainNames.Bulk, GrainNames.Storage)] IPersistentState<BulkState> storage, IPoolReader reader,
    TimeProvider clock, ILogger<BulkGrain> logger) : StoredGrain<BulkState>(context, storage, logger), IBulkGrain
{
    private const int Step = 50;

    /// <summary>Whether an earlier activation, or a step that failed, may have changed some of the next tasks.</summary>
    private bool _mayHaveBegun = true;

    /// <inheritdoc />
    public async Task AcceptAsync(AcceptBulk command)
    {
        EnsureServing();
        if (State.Exists) return;
        await StoreAsync(BulkState.Accept(command.Order, command.Tasks, command.Refused, command.NextCursor, clock.Now()));
        _mayHaveBegun = false;
    }

    /// <inheritdoc />
    public async Task<BulkProgress> ContinueAsync()
    {
        EnsureServing();
        if (State.Order is not { } order) throw new InvalidOperationException("The act was not accepted.");
        if (!State.Done) await StepAsync(order);
        return new BulkProgress(State.Done, order, State.Matched, State.Changed, State.Refused, State.NextCursor);
    }

    private async Task StepAsync(BulkOrder order)
    {
        var next = State.Tasks.Take(Step).ToList();
        var before = _mayHaveBegun ? await ChangedAsync(next, order) : new HashSet<string>();
        _mayHaveBegun = true;
        var answers = await Task.WhenAll(next.Where(task => !before.Contains(task.TaskId)).Select(task => ActAsync(order, task)));
        var refused = answers.Select(answer => answer.Refusal).OfType<BulkRefusal>();
        await StoreAsync(State.Advance(next.Count, before.Count + answers.Count(answer => answer.Changed), refused));
        _mayHaveBegun = false;
    }

    private async Task<(bool Changed, BulkRefusal? Refusal)> ActAsync(BulkOrder order, BulkTask task)
    {
        try
        {
            var reply = await GrainFactory.GetRepo(task.Repo).MaintainAsync(task.TaskId, order.CommandFor(task));
            return reply.Refusal is { } refusal
                ? (false, BulkRefusal.Of(task.TaskId, refusal))
                : (reply.Value!.Version != task.Version, null);
        }
        catch (Exception exception)
        {
            // One that cannot be asked must not keep the others; whether it was changed all the same, the log knows.
            LogNoAnswer(logger, task.TaskId, exception);
            if ((await ChangedAsync([task], order)).Count > 0) return (true, null);
            return (false, new BulkRefusal { TaskId = task.TaskId, Reason = RefusalReason.Unavailable, Message = "The task did not answer." });
        }
    }

    private Task<IReadOnlySet<string>> ChangedAsync(IReadOnlyList<BulkTask> tasks, BulkOrder order) =>
        reader.ReadChangedInBulkAsync([.. tasks.Select(task => task.TaskId)], order.BulkId, CancellationToken.None);

    [LoggerMessage(EventId = 205, Level = LogLevel.Warning, Message = "Task {TaskId} did not answer a bulk act.")]
    private static partial void LogNoAnswer(ILogger logger, string taskId, Exception exception);
}
