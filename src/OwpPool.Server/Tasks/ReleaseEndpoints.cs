using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Tasks;

/// <summary>Giving a task back.</summary>
public sealed class ReleaseEndpoints(IGrainFactory grains)
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<ReleaseEndpoints>();
        routes.MapJsonPost("/v1/tasks/{id}/release", ReleaseRequest.Read, endpoints.ReleaseAsync, mayBeEmpty: true)
            .Allow(AccessRule.Worker)
            .Describe("releaseTask", "Tasks", "Give a task back",
                "For the task's holder. It is ready again for anybody, and no attempt is counted.")
            .TakesPath("id", "The task.")
            .Answers<StatusResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.Forbidden, ProblemKind.NotFound, ProblemKind.Conflict);
    }

    private async Task<IResult> ReleaseAsync(ReleaseRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Task) is not { } taskId)
            return Problem.From(Refusal.NotFound("task"));
        var caller = http.Worker();
        var reply = await grains.GetWorker(caller.WorkerId).GiveBackAsync(new GiveBackTask(
            caller.TokenHash, taskId, AttemptOutcome.Released, request.Reason, TimeSpan.FromSeconds(request.RetryAfterSeconds),
            request.LeaseId, request.FencingToken, http.RequestKey()));
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        return Wire.Ok(StatusResponse.From(reply.Value!), Wire.Json.StatusResponse);
    }
}
