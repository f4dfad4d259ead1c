using System.Globalization;
using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Lists;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Tasks;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.State;

namespace OwpPool.Server.Workers;

/// <summary>Workers as maintainers see them.</summary>
public sealed class WorkerListEndpoints(
    SqliteStorage storage, HearingBoard hearing, IOptions<WorkerOptions> options, TimeProvider clock)
{
    /// <summary>The orders of the list.</summary>
    internal static readonly string[] Orders = ["-registered", "-failures"];

    private readonly LivenessRules _rules = options.Value.ToRules();

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<WorkerListEndpoints>();
        routes.MapGet("/v1/workers", (Delegate)endpoints.ListAsync)
            .Allow(AccessRule.Admin)
            .Describe("listWorkers", "Fleet", "List workers, the newest first",
                "Filters may be combined. A page that finds little may end early: go on while there is a next_cursor.")
            .TakesWords("status", "With one of these.", WordLists.WorkerStatus)
            .TakesQuery("skill", "Has this skill.", 64)
            .TakesWords("trust_tier", "With one of these.", WordLists.TrustTier)
            .TakesQuery("id_prefix", "Has an id that begins so: w_ and at least four characters. Two workers in the answer mean that it is not unique.")
            .TakesQuery("name", "Has exactly this name. Several workers may have it.", 120)
            .TakesQuery("q", "Has this in its name, GitHub handle or id, in any case.", 200)
            .TakesWord("sort", $"-failures is for pools of at most {PoolReadModel.MaxLookedAt} workers.", WordLists.WorkerSort, "-registered")
            .TakesPage()
            .Answers<ListResponse<WorkerItem>>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
        routes.MapGet("/v1/workers/{id}", (Delegate)endpoints.GetAsync)
            .Allow(AccessRule.Admin)
            .Describe("getWorker", "Fleet", "One worker with what it holds",
                "Its status is offline when no sign of life came in time. Signs of life are stored once a minute at most.")
            .TakesPath("id", "The worker.")
            .Answers<WorkerDetail>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var fields = new QueryFields(http.Request.Query);
        var (statuses, tiers) = (fields.Words("status", WordLists.WorkerStatus.Words), fields.Words("trust_tier", WordLists.TrustTier.Words));
        var (skill, text) = (fields.Text("skill", 64), fields.Text("q", 200));
        var byFailures = fields.Word("sort", Orders) == "-failures";
        var range = new WorkerRange(fields.IdPrefix("id_prefix", Ids.Worker), fields.Text("name", 120));
        var paging = ListPaging.Read(fields, $"workers\n{string.Join(',', statuses)}\n{string.Join(',', tiers)}\n{skill}\n{text}\n{range}"
            + (byFailures ? "\nfailures" : ""));
        if (fields.Problem is { } problem) return problem;
        var (now, heard) = (clock.GetUtcNow(), hearing.Current);
        var page = byFailures
            ? await storage.ReadModel.RankWorkersAsync(RankOf, range, paging.After, paging.Limit, http.RequestAborted)
            : await storage.ReadModel.ListWorkersAsync(state => Found(state) is not null, range, paging.After, paging.Limit, http.RequestAborted);
        if (page is null)
            return Problem.Invalid("sort", $"this order is for pools of at most {PoolReadModel.MaxLookedAt} workers; take -registered");
        return paging.Answer(http, [.. page.Items.Select(state => Found(state)!)], page.Next, Wire.Json.ListResponseWorkerItem);

        WorkerItem? Found(byte[] state)
        {
            var worker = PoolStateJson.Deserialize<WorkerState>(state);
            var item = WorkerItem.From(worker, WorkerPresence.StatusOf(worker, _rules, heard, now), now);
            var passes = (statuses.Count == 0 || statuses.Contains(item.Status))
                && (tiers.Count == 0 || tiers.Contains(item.TrustTier))
                && (skill is null || worker.Skills.Any(known => Names.CanonicalSkill(known) == Names.CanonicalSkill(skill)))
                && (range.Name is null || worker.Name == range.Name)
                && (text is null || Has(worker.Name, text) || Has(worker.GithubHandle, text) || Has(worker.WorkerId, text));
            return passes ? item : null;
        }

        string? RankOf(byte[] state) => Found(state) is { } item
            ? string.Create(CultureInfo.InvariantCulture, $"{item.FailuresInARow:D6} {1 - item.CompletionRate:0.000000}") : null;
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        if (http.PathId(Ids.Worker) is not { } workerId
            || await storage.ReadModel.ReadWorkerAsync(workerId, http.RequestAborted) is not { } state)
            return Problem.From(Refusal.NotFound("worker"));
        var worker = PoolStateJson.Deserialize<WorkerState>(state);
        var payloads = await storage.ReadModel.ReadWorkerTasksAsync(workerId, http.RequestAborted);
        var tasks = payloads.Select(static payload => PoolStateJson.Deserialize<TaskState>(payload)).ToList();
        var now = clock.GetUtcNow();
        return Wire.Ok(new WorkerDetail(worker, WorkerPresence.StatusOf(worker, _rules, hearing.Current, now), tasks, now), Wire.Json.WorkerDetail);
    }

    private static bool Has(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) is true;
}
