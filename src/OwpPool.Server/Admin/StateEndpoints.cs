using OwpPool.Core.Tasks;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;

namespace OwpPool.Server.Admin;

/// <summary>The pool in numbers.</summary>
public sealed class StateEndpoints(SqliteStorage storage)
{
    private static readonly string[] Reserving =
        [.. Enum.GetValues<TaskPhase>().Where(TaskPhases.CountsAgainstBudget).Select(TaskPhases.Wire)];

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<StateEndpoints>();
        routes.MapGet("/v1/admin/state", (Delegate)endpoints.GetAsync)
            .Allow(AccessRule.Admin)
            .Describe("getState", "Admin", "The pool in numbers", "Counts of one instant, as new as the last acknowledged change.")
            .Answers<StateResponse>(StatusCodes.Status200OK);
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        var state = await storage.ReadModel.ReadPoolStateAsync(http.RequestAborted);
        return Wire.Ok(ToWire(state), Wire.Json.StateResponse);
    }

    internal static StateResponse ToWire(PoolState state) => new()
    {
        WorkersOnline = state.WorkersOnline,
        TasksQueued = Sum(state, TaskPhase.Ready),
        TasksInProgress = Sum(state, TaskPhase.InProgress),
        TasksReady = Sum(state, TaskPhase.Ready),
        TasksOffered = Sum(state, TaskPhase.Offered),
        TasksLeased = Sum(state, TaskPhase.Leased),
        TasksPrOpened = Sum(state, TaskPhase.PrOpened),
        TasksBlocked = Sum(state, TaskPhase.Blocked),
        TasksMerged = Sum(state, TaskPhase.Merged),
        TasksMergedUnconfirmed = state.MergedUnconfirmed,
        TasksDeadLetter = Sum(state, TaskPhase.DeadLetter),
        Repositories = [.. state.Repos.Select(static repo => new RepositoryState
        {
            Repo = repo.Name,
            MaxOpenPrs = repo.MaxOpenPrs,
            CurrentOpenPrs = repo.Count(TaskPhase.PrOpened.Wire()),
            Reserved = Reserving.Sum(repo.Count),
        })],
    };

    private static long Sum(PoolState state, TaskPhase phase)
    {
        var word = phase.Wire();
        return state.Repos.Sum(repo => repo.Count(word));
    }
}
