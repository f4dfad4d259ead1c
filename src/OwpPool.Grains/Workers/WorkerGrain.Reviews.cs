using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Workers;

/// <summary>What is said of this worker's pull requests. What gives it work to do needs room: rule 3 holds for that too, and what finds no
/// room is done as soon as there is some, before anything new is taken.</summary>
public sealed partial class WorkerGrain
{
    /// <summary>Tasks of which something waits for this worker's room, for a free area, or for budget.</summary>
    private readonly HashSet<string> _wishes = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> ReviewAsync(ReviewTask command)
    {
        EnsureServing();
        await CheckLeasesAsync(renew: false);
        if (await GrainFactory.GetTask(command.TaskId).GetAsync() is not { } task) return Refusal.NotFound("task");
        try
        {
            return await PassOnAsync(task, command);
        }
        catch
        {
            // The task may have come back into this worker's hands: what it holds must be read again.
            Abandon();
            throw;
        }
    }

    private async Task<Reply<TaskProgress>> PassOnAsync(TaskState task, ReviewTask command)
    {
        var reply = await GrainFactory.GetRepo(task.Repo).ReviewAsync(command with { HasRoom = HasRoomFor(task) });
        await LookAtAsync(task.TaskId);
        return reply;
    }

    /// <summary>One repo that fails keeps nobody from the others: what it did is read from the task's row.</summary>
    private async Task MeetWishesAsync()
    {
        foreach (var taskId in _wishes.ToList())
        {
            if (await WishedAsync(taskId) is not { } task) continue;
            if (!await TryAsync(task.Repo, _ => MeetAsync(task))) await LookAtAsync(taskId);
        }
    }

    private async Task MeetAsync(TaskState task)
    {
        await PassOnAsync(task, CommandOf(task));
        // Under review again; that work is to go on is another step.
        if (task.WorkerId is null && await WishedAsync(task.TaskId) is { Phase: TaskPhase.PrOpened, Wish.Move: ReviewMove.ChangesRequested } back)
            await PassOnAsync(back, CommandOf(back));
    }

    private async Task<TaskState?> WishedAsync(string taskId)
    {
        if (await GrainFactory.GetTask(taskId).GetAsync() is { Wish: { } wish } task && wish.WorkerId == State.WorkerId)
            return wish.Move is ReviewMove.Merged ? task.Phase is TaskPhase.Ready ? task : null : IsOpenTo(task) && HasRoomFor(task) ? task : null;
        _wishes.Remove(taskId);
        return null;
    }

    private bool IsOpenTo(TaskState task) =>
        task.Phase is TaskPhase.Ready || (task.Phase is TaskPhase.PrOpened && task.WorkerId == State.WorkerId);

    private bool HasRoomFor(TaskState task)
    {
        if (State.Revoked) return false;
        if (_held.Find(task.TaskId) is not null) return true;
        var capability = Capability;
        return capability.FreeSlots > 0 && capability.FreePoints >= task.EstimatePoints;
    }

    private ReviewTask CommandOf(TaskState task) => new(task.TaskId, task.Wish!.Move, task.Wish.Actor, State.WorkerId, task.Wish.Artifact,
        task.Wish.Reason, IsFormer: task.WorkerId != State.WorkerId);
}
