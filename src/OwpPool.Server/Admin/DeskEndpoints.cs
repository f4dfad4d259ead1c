using Microsoft.Extensions.Options;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Pools;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;

namespace OwpPool.Server.Admin;

/// <summary>What waits for a maintainer, in one answer. Read from the rows: no grain is asked.</summary>
public sealed class DeskEndpoints(
    SqliteStorage storage, PoolBoard board, HearingBoard hearing, IOptions<WorkerOptions> options, TimeProvider clock)
{
    private const int StandardLimit = 20;
    private const int MaxLimit = 100;

    private readonly LivenessRules _rules = options.Value.ToRules();

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<DeskEndpoints>();
        routes.MapGet("/v1/admin/desk", (Delegate)endpoints.GetAsync)
            .Allow(AccessRule.Admin)
            .Describe("getDesk", "Admin", "What waits for a maintainer",
                "Reviews, reported merges, blocked tasks, dead letters, failing workers, and repos without room: the first of each, " +
                "how many there are, and the request that lists all of them.")
            .TakesQuery("repo", "Only this repo, and the workers that may take its tasks.", Core.Shared.Names.MaxRepoKeyLength)
            .TakesQuery("limit", "Items of each list.", 1, MaxLimit, StandardLimit)
            .Answers<DeskResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        var fields = new QueryFields(http.Request.Query);
        var (repo, limit) = (fields.Repo("repo"), fields.Integer("limit", 1, MaxLimit) ?? StandardLimit);
        if (fields.Problem is { } problem) return problem;
        var now = clock.GetUtcNow();
        var picture = await storage.ReadModel.ReadDeskAsync(repo, limit, http.RequestAborted);
        var desk = new DeskView(picture, repo, limit, worker => WorkerPresence.StatusOf(worker, _rules, hearing.Current, now), now);
        var workers = await storage.ReadModel.ReadWorkersAsync(desk.HolderIds, http.RequestAborted);
        var notes = await storage.ReadModel.ReadPauseNotesAsync(desk.FailingIds, http.RequestAborted);
        return Wire.Ok(desk.ToWire(workers, notes, board.State), Wire.Json.DeskResponse);
    }
}
