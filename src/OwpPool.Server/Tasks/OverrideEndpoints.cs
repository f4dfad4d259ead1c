using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Tasks;

/// <summary>What maintainers do with a task over its holder's head.</summary>
public sealed class OverrideEndpoints(IGrainFactory grains)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<OverrideEndpoints>();
        routes.MapJsonPost<OverrideRequest>("/v1/admin/tasks/{id}/requeue", OverrideRequest.Read, endpoints.RequeueAsync)
            .Allow(AccessRule.Admin)
            .Describe("requeueTask", "Admin", "Put a task back to ready",
                "Ends its lease or review, or its rest, and revives a dead letter with all its attempts.")
            .TakesPath("id", "The task.")
            .Answers<StatusResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
        routes.MapJsonPost<OverrideRequest>("/v1/admin/tasks/{id}/cancel", OverrideRequest.Read, endpoints.CancelAsync)
            .Allow(AccessRule.Admin)
            .Describe("cancelTask", "Admin", "Withdraw a task", "For good. Its holder learns of it with the next heartbeat.")
            .TakesPath("id", "The task.")
            .Answers<StatusResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private Task<IResult> RequeueAsync(OverrideRequest request, HttpContext http) => OverrideAsync(TaskOverride.Requeue, request, http);

    private Task<IResult> CancelAsync(OverrideRequest request, HttpContext http) => OverrideAsync(TaskOverride.Cancel, request, http);

    private async Task<IResult> OverrideAsync(TaskOverride act, OverrideRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Task) is not { } taskId ||
            await grains.GetTask(taskId).GetAsync() is not { } task)
            return Problem.From(Refusal.NotFound("task"));
        var reply = await grains.GetRepo(task.Repo).OverrideAsync(new OverrideTask(taskId, act, Actors.Admin, request.Reason));
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        var response = new StatusResponse { TaskId = taskId, Status = reply.Value!.Phase.Wire() };
        return Wire.Ok(response, Wire.Json.StatusResponse);
    }
}
