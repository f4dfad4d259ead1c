using OwpPool.Core.Shared;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Workers;

/// <summary>What a worker asks and does about itself and its leases.</summary>
public sealed class SelfEndpoints(IGrainFactory grains, WorkerTokens tokens, TimeProvider clock)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<SelfEndpoints>();
        routes.MapGet("/v1/workers/me", (Delegate)endpoints.DescribeAsync)
            .Allow(AccessRule.Worker)
            .Describe("getSelf", "Workers", "What the pool knows of the caller", "Profile, status, load and leases.")
            .Answers<WorkerSelfResponse>(StatusCodes.Status200OK);
        routes.MapJsonPost("/v1/workers/token/rotate", EmptyRequest.Read, endpoints.RotateAsync, mayBeEmpty: true)
            .Allow(AccessRule.Worker)
            .Describe("rotateToken", "Workers", "Replace the token",
                "The new token is shown only once. The old one is good for a minute more, so that a lost answer locks nobody out.")
            .Answers<RotateResponse>(StatusCodes.Status200OK);
        routes.MapJsonPost("/v1/leases/{id}/renew", EmptyRequest.Read, endpoints.RenewAsync, mayBeEmpty: true)
            .Allow(AccessRule.Worker)
            .Describe("renewLease", "Leases", "Renew a lease",
                "Gives it its whole length again, as far as the longest life of a lease allows.")
            .TakesPath("id", "The lease.")
            .Answers<RenewResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
    }

    private async Task<IResult> DescribeAsync(HttpContext http)
    {
        var caller = http.Worker();
        var reply = await grains.GetWorker(caller.WorkerId).DescribeAsync(caller.TokenHash);
        if (reply.Refusal is not null) return Problem.From(reply.Refusal);
        return Wire.Ok(WorkerMapping.ToWire(reply.Value!), Wire.Json.WorkerSelfResponse);
    }

    private async Task<IResult> RotateAsync(EmptyRequest request, HttpContext http)
    {
        var caller = http.Worker();
        var token = tokens.Make(caller.WorkerId);
        if (await grains.GetWorker(caller.WorkerId).RotateTokenAsync(caller.TokenHash, tokens.HashOf(token)) is { } refusal)
            return Problem.From(refusal);
        var response = new RotateResponse
        {
            WorkerId = caller.WorkerId,
            Token = token,
            OldTokenSeconds = (int)WorkerLifecycle.TokenOverlap.TotalSeconds,
        };
        return Wire.Ok(response, Wire.Json.RotateResponse);
    }

    private async Task<IResult> RenewAsync(EmptyRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Lease) is not { } leaseId)
            return Problem.From(Refusal.NotFound("lease"));
        var caller = http.Worker();
        var reply = await grains.GetWorker(caller.WorkerId).RenewAsync(caller.TokenHash, leaseId);
        if (reply.Refusal is not null) return Problem.From(reply.Refusal);
        var expiresAt = reply.Value!.LeaseExpiresAt!.Value;
        var response = new RenewResponse
        {
            LeaseExpiresAt = expiresAt,
            RemainingSeconds = (long)Math.Max(0, (expiresAt - clock.GetUtcNow()).TotalSeconds),
        };
        return Wire.Ok(response, Wire.Json.RenewResponse);
    }
}
