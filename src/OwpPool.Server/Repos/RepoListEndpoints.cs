using Microsoft.Extensions.Options;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Lists;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;
using OwpPool.Storage.State;

namespace OwpPool.Server.Repos;

/// <summary>The list of repos.</summary>
public sealed class RepoListEndpoints(SqliteStorage storage, IOptions<LeaseOptions> leases)
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<RepoListEndpoints>();
        routes.MapGet("/v1/admin/repos", (Delegate)endpoints.ListAsync)
            .Allow(AccessRule.Admin)
            .Describe("listRepos", "Repos", "List repos by name", "Each with its settings, its review budget and its tasks in numbers.")
            .TakesPage()
            .Answers<ListResponse<RepoItem>>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var fields = new QueryFields(http.Request.Query);
        var paging = ListPaging.Read(fields, "repos");
        if (fields.Problem is { } problem) return problem;
        var page = await storage.ReadModel.ListReposAsync(paging.After?.Key ?? "", paging.Limit, http.RequestAborted);
        return paging.Answer(http, [.. page.Items.Select(item => ToWire(item.State, item.Tasks))], page.Next, Wire.Json.ListResponseRepoItem);
    }

    private RepoItem ToWire(byte[] row, Dictionary<string, long> tasks)
    {
        var repo = PoolStateJson.Deserialize<RepoState>(row);
        var inUse = (int)tasks.Where(static count => TaskPhases.Parse(count.Key).CountsAgainstBudget()).Sum(static count => count.Value);
        return new RepoItem
        {
            Repo = repo.Name,
            Settings = RepoSettingsWire.From(repo.Settings, leases.Value.TtlSeconds, leases.Value.MaxAttempts),
            Budget = new BudgetWire
            {
                MaxOpenPrs = repo.Settings.MaxOpenPrs,
                InUse = inUse,
                Free = Math.Max(0, repo.Settings.MaxOpenPrs - inUse),
                UnderReview = (int)tasks.GetValueOrDefault(TaskPhase.PrOpened.Wire()),
            },
            Tasks = tasks,
            CreatedAt = repo.CreatedAt,
            UpdatedAt = repo.UpdatedAt,
        };
    }
}
