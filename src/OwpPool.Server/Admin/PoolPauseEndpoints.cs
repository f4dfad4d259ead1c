using OwpPool.Grains;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Pools;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Admin;

/// <summary>Stopping and resuming what the whole pool hands out.</summary>
public sealed class PoolPauseEndpoints(IGrainFactory grains, PoolBoard pool, SupplyBoard supply, Waker waker, TimeProvider clock)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<PoolPauseEndpoints>();
        Map("pause", PoolPauseRequest.Read, endpoints.PauseAsync, "Stop granting tasks", "Leases and reviews continue. Workers are told why.");
        Map("resume", EmptyRequest.Read, endpoints.ResumeAsync, "Grant tasks again", "The opposite of pause.");

        void Map<T>(string verb, Func<JsonFields, T> read, Func<T, HttpContext, Task<IResult>> handle, string summary, string description)
            where T : class =>
            routes.MapJsonPost($"/v1/admin/{verb}", read, handle, mayBeEmpty: true)
                .Allow(AccessRule.Admin)
                .Describe($"{verb}Pool", "Admin", summary, description)
                .Answers<PoolPauseResponse>(StatusCodes.Status200OK);
    }

    private async Task<IResult> PauseAsync(PoolPauseRequest request, HttpContext http) =>
        Answer(await grains.GetPoolControl().SetPausedAsync(paused: true, request.Note, request.Until, http.Actor()));

    private async Task<IResult> ResumeAsync(EmptyRequest request, HttpContext http)
    {
        var refusal = await grains.GetPoolControl().SetPausedAsync(paused: false, null, null, http.Actor());
        // Long polls wait for news of repos; now all of them have some.
        await waker.WakeAsync(supply.Repos.Select(waker.Repo).ToList(), CancellationToken.None);
        return Answer(refusal);
    }

    private IResult Answer(Core.Shared.Refusal? refusal) => refusal is not null
        ? Problem.From(refusal)
        : Wire.Ok(new PoolPauseResponse { Paused = pool.State.IsPaused(clock.GetUtcNow()), Until = pool.State.PauseUntil }, Wire.Json.PoolPauseResponse);
}
