using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Workers;

/// <summary>What maintainers do with workers.</summary>
public sealed class WorkerControlEndpoints(IGrainFactory grains)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<WorkerControlEndpoints>();
        Map("pause", endpoints.PauseAsync, "pauseWorker", "Give a worker no new work", "It keeps its leases, and is told to be quiet.");
        Map("resume", endpoints.ResumeAsync, "resumeWorker", "Give a worker new work again", "The opposite of pause.");
        routes.MapJsonPost("/v1/workers/{id}/revoke", RevokeRequest.Read, endpoints.RevokeAsync, mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("revokeWorker", "Fleet", "Shut a worker out",
                "Its tokens are worth nothing from now on, for good, and its leases go back without counting as attempts. With `undo` so does "
                + "what is under review or merged by its word alone. A repeat goes on where the first was cut off.")
            .TakesPath("id", "The worker.")
            .Answers<RevokeResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);

        void Map(string verb, Func<ControlRequest, HttpContext, Task<IResult>> handle, string name, string summary, string description) =>
            routes.MapJsonPost($"/v1/workers/{{id}}/{verb}", ControlRequest.Read, handle, mayBeEmpty: true)
                .Allow(AccessRule.Admin)
                .Describe(name, "Fleet", summary, description)
                .TakesPath("id", "The worker.")
                .Answers<WorkerControlResponse>(StatusCodes.Status200OK)
                .Fails(ProblemKind.NotFound);
    }

    private Task<IResult> PauseAsync(ControlRequest request, HttpContext http) =>
        ActAsync(http, worker => worker.SetPausedAsync(paused: true, http.Actor(), request.Reason));

    private Task<IResult> ResumeAsync(ControlRequest request, HttpContext http) =>
        ActAsync(http, worker => worker.SetPausedAsync(paused: false, http.Actor(), request.Reason));

    private async Task<IResult> RevokeAsync(RevokeRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Worker) is not { } workerId) return Problem.From(Refusal.NotFound("worker"));
        var worker = grains.GetWorker(workerId);
        if (await worker.RevokeAsync(http.Actor(), request.Reason) is { } refusal) return Problem.From(refusal);
        var undone = 0;
        while (request.Undo && await worker.UndoAsync(http.Actor(), request.Reason ?? "The worker was shut out.") is > 0 and var more)
            undone += more;
        return Wire.Ok(new RevokeResponse { WorkerId = workerId, Undone = undone }, Wire.Json.RevokeResponse);
    }

    private async Task<IResult> ActAsync(HttpContext http, Func<IWorkerGrain, Task<Refusal?>> act)
    {
        if (http.PathId(Ids.Worker) is not { } workerId)
            return Problem.From(Refusal.NotFound("worker"));
        if (await act(grains.GetWorker(workerId)) is { } refusal) return Problem.From(refusal);
        return Wire.Ok(new WorkerControlResponse { WorkerId = workerId }, Wire.Json.WorkerControlResponse);
    }
}
