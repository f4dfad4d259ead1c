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
        Map("revoke", endpoints.RevokeAsync, "revokeWorker", "Shut a worker out",
            "Its tokens are worth nothing from now on, for good, and its leases go back without counting as attempts.");

        void Map(string verb, Func<ControlRequest, HttpContext, Task<IResult>> handle, string name, string summary, string description) =>
            routes.MapJsonPost($"/v1/workers/{{id}}/{verb}", ControlRequest.Read, handle, mayBeEmpty: true)
                .Allow(AccessRule.Admin)
                .Describe(name, "Admin", summary, description)
                .TakesPath("id", "The worker.")
                .Answers<WorkerControlResponse>(StatusCodes.Status200OK)
                .Fails(ProblemKind.NotFound);
    }

    private Task<IResult> PauseAsync(ControlRequest request, HttpContext http) =>
        ActAsync(http, worker => worker.SetPausedAsync(paused: true, Actors.Admin, request.Reason));

    private Task<IResult> ResumeAsync(ControlRequest request, HttpContext http) =>
        ActAsync(http, worker => worker.SetPausedAsync(paused: false, Actors.Admin, request.Reason));

    private Task<IResult> RevokeAsync(ControlRequest request, HttpContext http) =>
        ActAsync(http, worker => worker.RevokeAsync(Actors.Admin, request.Reason));

    private async Task<IResult> ActAsync(HttpContext http, Func<IWorkerGrain, Task<Refusal?>> act)
    {
        if (http.PathId(Ids.Worker) is not { } workerId)
            return Problem.From(Refusal.NotFound("worker"));
        if (await act(grains.GetWorker(workerId)) is { } refusal) return Problem.From(refusal);
        return Wire.Ok(new WorkerControlResponse { WorkerId = workerId }, Wire.Json.WorkerControlResponse);
    }
}
