using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;

namespace OwpPool.Server.Tasks;

/// <summary>What maintainers change of a task, how they judge its work, and what they do over its holder's head.</summary>
public sealed class MaintenanceEndpoints(IGrainFactory grains, SqliteStorage storage)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<MaintenanceEndpoints>();
        routes.MapJsonPatch("/v1/admin/tasks/{id}", EditTaskRequest.Read, endpoints.EditAsync)
            .Allow(AccessRule.Admin)
            .Describe("editTask", "Backlog", "Change a task",
                "Members left out stay, null is the default. Title, description and priority change until the task is merged or " +
                "cancelled; what decides who may take it, only while no worker has it; depends_on, only before its first lease.")
            .TakesPath("id", "The task.")
            .TakesHeader("If-Match", "The ETag of the task as it was seen, or '*'.")
            .Answers<TaskItem>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict, ProblemKind.PreconditionFailed, ProblemKind.PreconditionRequired);
        Post(OverrideRequest.Read, endpoints.RequeueAsync, "requeue", "requeueTask", "Put a task back to ready",
            "Ends its lease or review, or its rest, and revives a dead letter with all its attempts.");
        Post(OverrideRequest.Read, endpoints.CancelAsync, "cancel", "cancelTask", "Withdraw a task",
            "For good. Its holder learns of it with the next heartbeat.");
        Post(ForceStatusRequest.Read, endpoints.ForceAsync, "force-status", "forceTaskStatus", "Set a task's status over its holder's head",
            "Along the steps that a task may take. Its fencing token is spent: what the old holder still reports with it is refused.");
        Post(AcceptRequest.Read, endpoints.AcceptAsync, "accept", "acceptTask", "Confirm that the work is merged",
            "For a task under review, one that its worker called merged, or one that is ready since its pull request was closed: its last " +
            "holder gets the credit. The rating counts for the worker's quality.", mayBeEmpty: true);
        Post(RejectRequest.Read, endpoints.RejectAsync, "reject", "rejectTask", "Refuse the work under review",
            "in_progress asks its worker for changes, under its old lease, if it has room; ready closes the work, for another worker.");
        routes.MapJsonPost("/v1/admin/tasks/{id}/position", PositionRequest.Read, endpoints.MoveAsync)
            .Allow(AccessRule.Admin)
            .Describe("moveTask", "Backlog", "Move a ready task among the others of its repo",
                "A place is a priority and an age: the task takes its neighbour's priority and is a little older or younger.")
            .TakesPath("id", "The task.")
            .Answers<PositionResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);

        void Post<T>(Func<JsonFields, T> read, Func<T, HttpContext, Task<IResult>> handle, string verb, string name, string summary,
            string description, bool mayBeEmpty = false) where T : class =>
            routes.MapJsonPost($"/v1/admin/tasks/{{id}}/{verb}", read, handle, mayBeEmpty)
                .Allow(AccessRule.Admin)
                .Describe(name, "Backlog", summary, description)
                .TakesPath("id", "The task.")
                .Answers<StatusResponse>(StatusCodes.Status200OK)
                .Fails(ProblemKind.NotFound);
    }

    private async Task<IResult> EditAsync(EditTaskRequest request, HttpContext http)
    {
        if (await FindAsync(http) is not { } task) return NotFound();
        if (http.ReadIfMatch(task.Version, out var expected) is { } problem) return problem;
        var reply = await grains.GetRepo(task.Repo).MaintainAsync(task.TaskId, new TaskCommand.Edit(http.Actor(), request.ToPatch(), expected));
        if (reply.Refusal is { Reason: RefusalReason.VersionChanged } other) return other.ToPreconditionFailed();
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        http.SetVersion(reply.Value!.Version);
        var dead = await DeadDependencies.LookAsync(storage, [reply.Value], http.RequestAborted);
        return Wire.Ok(TaskItem.From(reply.Value, dead.Of(reply.Value)), Wire.Json.TaskItem);
    }

    private Task<IResult> RequeueAsync(OverrideRequest request, HttpContext http) => OverrideAsync(http, TaskOverride.Requeue, request.Reason);

    private Task<IResult> CancelAsync(OverrideRequest request, HttpContext http) => OverrideAsync(http, TaskOverride.Cancel, request.Reason);

    private Task<IResult> OverrideAsync(HttpContext http, TaskOverride act, string reason) => ActAsync(http, task =>
        grains.GetRepo(task.Repo).OverrideAsync(new OverrideTask(task.TaskId, act, http.Actor(), reason)));

    private Task<IResult> ForceAsync(ForceStatusRequest request, HttpContext http) => ActAsync(http, async task =>
    {
        var force = new TaskCommand.Force(http.Actor(), request.Reason, TaskPhases.Parse(request.Status));
        var reply = await grains.GetRepo(task.Repo).MaintainAsync(task.TaskId, force);
        return reply.Refusal is { } refusal ? refusal : TaskProgress.From(reply.Value!);
    });

    private Task<IResult> AcceptAsync(AcceptRequest request, HttpContext http) =>
        ReviewAsync(http, ReviewMove.Merged, request.Reason, request.Rating);

    private Task<IResult> RejectAsync(RejectRequest request, HttpContext http) =>
        ReviewAsync(http, request.To == "ready" ? ReviewMove.Rejected : ReviewMove.ChangesRequested, request.Reason, rating: null);

    private Task<IResult> ReviewAsync(HttpContext http, ReviewMove move, string? reason, int? rating) => ActAsync(http, task =>
    {
        var command = new ReviewTask(task.TaskId, move, http.Actor(), task.WorkerId, new Artifact(), reason, rating);
        // Work that comes back to a worker needs its room.
        return move is ReviewMove.ChangesRequested && task.WorkerId is { } worker
            ? grains.GetWorker(worker).ReviewAsync(command)
            : grains.GetRepo(task.Repo).ReviewAsync(command);
    });

    private async Task<IResult> MoveAsync(PositionRequest request, HttpContext http)
    {
        if (await FindAsync(http) is not { } task) return NotFound();
        if (request.Position is null == request.Before is null) return Problem.Invalid("position", "one of position and before is to be given");
        var command = new MoveTask(task.TaskId, request.ToPosition(), request.Before, http.Actor(), request.Reason);
        var reply = await grains.GetRepo(task.Repo).MoveAsync(command);
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        var moved = reply.Value!;
        var response = new PositionResponse
        {
            TaskId = task.TaskId,
            Ahead = moved.Ahead,
            Priority = moved.Task.Priority,
            ReadyAt = moved.Task.ReadyAt,
        };
        return Wire.Ok(response, Wire.Json.PositionResponse);
    }

    private async Task<IResult> ActAsync(HttpContext http, Func<TaskState, Task<Reply<TaskProgress>>> act)
    {
        if (await FindAsync(http) is not { } task) return NotFound();
        var reply = await act(task);
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        return Wire.Ok(StatusResponse.From(reply.Value!), Wire.Json.StatusResponse);
    }

    private async Task<TaskState?> FindAsync(HttpContext http) =>
        http.PathId(Ids.Task) is { } taskId ? await grains.GetTask(taskId).GetAsync() : null;

    private static Problem NotFound() => Problem.From(Refusal.NotFound("task"));
}
