using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Reputation;

/// <summary>How good a worker's work was, and how far it is trusted.</summary>
public sealed class ReputationEndpoints(IGrainFactory grains)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<ReputationEndpoints>();
        routes.MapGet("/v1/workers/{id}/reputation", (Delegate)endpoints.GetAsync)
            .Allow(AccessRule.Admin)
            .Describe("getReputation", "Fleet", "What became of a worker's work",
                "A score from merges that GitHub or a maintainer confirmed and from punctuality. About a second behind the tasks.")
            .TakesPath("id", "The worker.")
            .Answers<ReputationResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
        routes.MapJsonPost("/v1/workers/{id}/trust-tier", TrustRequest.Read, endpoints.SetTrustAsync)
            .Allow(AccessRule.Admin)
            .Describe("setTrustTier", "Fleet", "Say how far a worker is trusted", "Each repo says which tiers of task a trust tier may take.")
            .TakesPath("id", "The worker.")
            .Answers<TrustResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        if (http.PathId(Ids.Worker) is not { } workerId) return Problem.From(Refusal.NotFound("worker"));
        var reply = await grains.GetWorker(workerId).GetRatingAsync();
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        return Wire.Ok(ReputationResponse.From(workerId, reply.Value!), Wire.Json.ReputationResponse);
    }

    private async Task<IResult> SetTrustAsync(TrustRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Worker) is not { } workerId) return Problem.From(Refusal.NotFound("worker"));
        var refusal = await grains.GetWorker(workerId).SetTrustAsync(request.ToTier(), http.Actor(), request.Reason);
        return refusal is null ? Wire.Ok(new TrustResponse(), Wire.Json.TrustResponse) : Problem.From(refusal);
    }
}
