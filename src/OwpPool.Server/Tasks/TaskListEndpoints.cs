using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Lists;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.State;

namespace OwpPool.Server.Tasks;

/// <summary>Lists of tasks: all of them for admins, its own for a worker.</summary>
public sealed class TaskListEndpoints(IGrainFactory grains, SqliteStorage storage)
{
    private const int MaxText = 200;

    /// <summary>Orders of the list, by their words.</summary>
    internal static readonly Dictionary<string, TaskOrder> Orders = new(StringComparer.Ordinal)
    {
        ["-created"] = TaskOrder.Newest,
        ["created"] = TaskOrder.Oldest,
        ["-priority"] = TaskOrder.Priority,
        ["-updated"] = TaskOrder.Updated,
    };

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<TaskListEndpoints>();
        routes.MapGet("/v1/tasks", (Delegate)endpoints.ListAsync)
            .Allow(AccessRule.AdminOrWorker)
            .Describe("listTasks", "Tasks", "List tasks",
                "All for admins; for a worker those that it has or did. Filters may be combined; all of them hold. A page that finds little " +
                "may end early: go on while there is a next_cursor.")
            .TakesQuery("repo", "Of this repo.", Names.MaxRepoKeyLength)
            .TakesWords("status", "In one of these states.", WordLists.TaskStatus)
            .TakesQuery("area", "In this area, compared as area locks are.", 120)
            .TakesQuery("skill", "Requires this skill.", 64)
            .TakesQuery("worker_id", "Held or done by this worker.")
            .TakesQuery("id_prefix", "Has an id that begins so: t_ and at least four characters. Two tasks in the answer mean that the prefix is not unique.")
            .TakesQuery("q", "Has this in its title or external id, in any case; nothing in it is a wildcard.", MaxText)
            .TakesNumber("tier", "Of this tier.", 0, 3)
            .TakesFlag("confirmed", "Whether merged and confirmed by somebody besides the worker, or under review and seen by somebody.")
            .TakesWord("sort", "-priority and -updated are for lists of at most " +
                $"{PoolReadModel.MaxLookedAt} tasks before filters other than repo, status and worker_id.", WordLists.TaskSort, "-created")
            .TakesPage()
            .Answers<ListResponse<TaskItem>>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError, ProblemKind.Forbidden);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var caller = http.IsAdmin() ? null : http.Worker();
        if (caller is not null && await grains.GetWorker(caller.WorkerId).AuthenticateAsync(caller.TokenHash) is { } refusal)
            return Problem.From(refusal);
        var fields = new QueryFields(http.Request.Query);
        var query = Read(fields, caller?.WorkerId);
        // The cursor belongs to all that decides what is in the list.
        var paging = ListPaging.Read(fields, $"tasks\n{caller?.WorkerId}\n{string.Join(',', query.Phases)}\n{query}");
        if (fields.Problem is { } problem) return problem;
        if (caller is not null && query.WorkerId != caller.WorkerId)
            return Problem.From(Refusal.Forbidden(RefusalReason.NotAllowed, "A worker sees its own tasks only.", "Leave worker_id out."));
        var page = await storage.ReadModel.ListTasksAsync(query with { Limit = paging.Limit, After = paging.After }, http.RequestAborted);
        if (page is null)
        {
            return Problem.Invalid("sort", $"this order is for lists of at most {PoolReadModel.MaxLookedAt} tasks; " +
                "narrow it by repo, status or worker_id, or take -created");
        }
        var tasks = page.Items.Select(static item => PoolStateJson.Deserialize<TaskState>(item)).ToList();
        var dead = await DeadDependencies.LookAsync(storage, tasks, http.RequestAborted);
        var names = await storage.ReadModel.ReadWorkerNamesAsync(
            [.. tasks.Select(static task => task.WorkerId).OfType<string>().Distinct(StringComparer.Ordinal)], http.RequestAborted);
        return paging.Answer(http, [.. tasks.Select(task => TaskItem.From(task, dead.Of(task)).WithNames(names))], page.Next,
            Wire.Json.ListResponseTaskItem);
    }

    private static TaskPageQuery Read(QueryFields fields, string? workerId)
    {
        var repo = fields.Repo("repo");
        var holder = fields.Id("worker_id", Ids.Worker) ?? workerId;
        var area = fields.Text("area", 120);
        var prefix = fields.IdPrefix("id_prefix", Ids.Task);
        IReadOnlyList<string> phases = [.. fields.Words("status", WordLists.TaskStatus.Words).Order(StringComparer.Ordinal)];
        if (area is not null && Names.CanonicalArea(area) is null) fields.Reject("area", "must name an area");
        var filter = new TaskFilter
        {
            Skill = fields.Text("skill", 64) is { } skill ? Names.CanonicalSkill(skill) : null,
            AreaKey = Names.CanonicalArea(area),
            Tier = fields.Integer("tier", 0, 3),
            Confirmed = fields.Flag("confirmed"),
            Text = fields.Text("q", MaxText),
            // The index of a worker's tasks does not know their repos, and that of ids knows nothing else.
            Repo = holder is null && prefix is null ? null : repo,
            WorkerId = prefix is null ? null : holder,
            Phases = prefix is null || phases.Count == 0 ? null : string.Join(',', phases),
        };
        return new TaskPageQuery
        {
            Repo = holder is null ? repo : null,
            WorkerId = holder,
            Phases = phases,
            IdPrefix = prefix,
            Filter = filter,
            Order = Orders[fields.Word("sort", Orders.Keys) ?? "-created"],
            Limit = 0,
        };
    }
}
