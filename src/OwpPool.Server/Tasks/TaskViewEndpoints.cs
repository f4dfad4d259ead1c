using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;
using OwpPool.Storage.State;

namespace OwpPool.Server.Tasks;

/// <summary>Looking at one task.</summary>
public sealed class TaskViewEndpoints(IGrainFactory grains, SqliteStorage storage)
{
    /// <summary>Events of the timeline: the latest.</summary>
    private const int TimelineEvents = 500;

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<TaskViewEndpoints>();
        routes.MapGet("/v1/tasks/{id}", (Delegate)endpoints.GetAsync)
            .Allow(AccessRule.AdminOrWorker)
            .Describe("getTask", "Tasks", "One task with its history",
                "For admins, and for the worker that has the task or did it. The ETag is what a change sends as If-Match.")
            .TakesPath("id", "The task.")
            .Answers<TaskResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        var worker = http.IsAdmin() ? null : http.Worker();
        if (worker is not null && await grains.GetWorker(worker.WorkerId).AuthenticateAsync(worker.TokenHash) is { } refusal)
            return Problem.From(refusal);
        if (http.PathId(Ids.Task) is not { } taskId
            || await storage.ReadModel.ReadTaskAsync(taskId, TimelineEvents, http.RequestAborted) is not { } stored)
            return Problem.From(Refusal.NotFound("task"));
        var task = PoolStateJson.Deserialize<TaskState>(stored.State);
        // To others it is not there, so that nobody learns from ids what exists.
        if (worker is not null && task.WorkerId != worker.WorkerId) return Problem.From(Refusal.NotFound("task"));
        http.SetVersion(task.Version);
        var words = worker is null ? ForeignWords.All : await ForeignWords.ForAsync(worker.WorkerId, task, storage, http.RequestAborted);
        var holders = task.History.Select(static attempt => attempt.WorkerId).Append(task.WorkerId).OfType<string>().Distinct(StringComparer.Ordinal);
        // Other workers are no business of one that has the task now.
        var names = await storage.ReadModel.ReadWorkerNamesAsync(
            [.. holders.Where(holder => worker is null || holder == worker.WorkerId)], http.RequestAborted);
        var dead = await DeadDependencies.LookAsync(storage, [task], http.RequestAborted);
        return Wire.Ok(new TaskResponse(task, stored.Timeline, words, names, dead.Of(task)), Wire.Json.TaskResponse);
    }
}
