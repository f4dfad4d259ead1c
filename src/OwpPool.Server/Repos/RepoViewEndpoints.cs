using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Repos;

/// <summary>Looking at one repo, and changing a part of its settings.</summary>
public sealed class RepoViewEndpoints(IGrainFactory grains, IHostEnvironment environment)
{
    /// <summary>Maps the endpoints, each by both forms of a repo's key; a slash may also be sent as <c>%2F</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<RepoViewEndpoints>();
        MapForms("{repo}", "");
        MapForms("{owner}/{repo}", "Owner");

        void MapForms(string key, string form)
        {
            Describe(routes.MapGet($"/v1/admin/repos/{key}", (Delegate)endpoints.GetAsync), $"get{form}Repo", form, "One repo as it stands",
                "Its settings, its review budget and who uses it, the areas that are locked and by whom, and what waits.")
                .Answers<RepoDetail>(StatusCodes.Status200OK);
            Describe(routes.MapJsonPatch(
                    $"/v1/admin/repos/{key}", endpoints.Read, endpoints.PatchAsync), $"edit{form}Repo", form, "Change some of a repo's settings",
                "Members left out stay, null is the default. Tasks and leases stay as they are.")
                .Answers<RepoResponse>(StatusCodes.Status200OK);
        }

        static RouteHandlerBuilder Describe(RouteHandlerBuilder builder, string name, string form, string summary, string description)
        {
            builder.Allow(AccessRule.Admin).Describe(name, "Repos", summary, description)
                .TakesPath("repo", form.Length > 0 ? "The repo's name." : "The repo, 'name' or 'owner%2Fname'.", Names.MaxRepoKeyLength)
                .Fails(ProblemKind.NotFound);
            return form.Length > 0 ? builder.TakesPath("owner", "The repo's owner.", Names.MaxRepoKeyLength) : builder;
        }
    }

    private RepoSettingsRequest Read(JsonFields body) =>
        RepoSettingsRequest.Read(body, environment.IsDevelopment() ? 1 : LeaseOptions.MinTtlSeconds);

    private async Task<IResult> PatchAsync(RepoSettingsRequest request, HttpContext http)
    {
        if (RepoNames.OfRoute(http) is not { } repo) return Problem.From(Refusal.NotFound("repo"));
        var reply = await grains.GetRepo(repo).UpsertAsync(request.ToCommand(repo, http.Actor()) with { MustExist = true });
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        return Wire.Ok(new RepoResponse { Repo = reply.Value!.Name }, Wire.Json.RepoResponse);
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        if (RepoNames.OfRoute(http) is not { } repo) return Problem.From(Refusal.NotFound("repo"));
        var reply = await grains.GetRepo(repo).DescribeAsync();
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        return Wire.Ok(ToWire(reply.Value!), Wire.Json.RepoDetail);
    }

    private static RepoDetail ToWire(RepoOverview overview)
    {
        var (state, settings) = (overview.State, overview.State.Settings);
        return new RepoDetail
        {
            Repo = state.Name,
            Settings = RepoSettingsWire.From(settings, overview.LeaseTtlSeconds, overview.MaxAttempts),
            Budget = new BudgetWire
            {
                MaxOpenPrs = settings.MaxOpenPrs,
                InUse = state.Ledger.Count,
                Free = Math.Max(0, settings.MaxOpenPrs - state.Ledger.Count),
                UnderReview = state.Ledger.Count(entry => entry.Phase is TaskPhase.PrOpened),
            },
            Held = [.. state.Ledger.OrderBy(entry => entry.GrantedAt).Select(ToHeld)],
            LockedAreas = !settings.AreaLocksEnabled ? [] :
            [
                .. state.Ledger.Where(entry => entry.AreaKey is not null && RepoAdmission.HoldsArea(settings, entry.Phase))
                    .OrderBy(entry => entry.AreaKey, StringComparer.Ordinal)
                    .Select(entry => new LockedAreaWire { Area = entry.AreaKey!, TaskId = entry.TaskId, WorkerId = entry.WorkerId }),
            ],
            Backlog = new BacklogWire
            {
                Ready = overview.Ready,
                Resting = overview.Resting,
                WaitingForOthers = overview.Dependent,
                DeadEnds = overview.DeadEndCount,
                DeadEndTasks = overview.DeadEnds,
                Eligible = overview.Ready - overview.Resting - overview.Dependent,
            },
            CreatedAt = state.CreatedAt,
            UpdatedAt = state.UpdatedAt,
        };
    }

    private static HeldTaskWire ToHeld(LedgerEntry entry) => new()
    {
        TaskId = entry.TaskId,
        WorkerId = entry.WorkerId,
        Status = entry.Phase.Wire(),
        EstimatePoints = entry.Points,
        Area = entry.AreaKey,
        LeaseExpiresAt = entry.ExpiresAt,
    };
}
