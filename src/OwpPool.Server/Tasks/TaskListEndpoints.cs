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
public sealed class TaskListEndpoints(IGrainFactory grains, SqliteStorage storage, NextTasks nextTasks)
{
    private static readonly Dictionary<string, TaskOrder> Orders = new(StringComparer.Ordinal)
    {
        ["-created"] = TaskOrder.Newest,
        ["created"] = TaskOrder.Oldest,
        ["-priority"] = TaskOrder.Priority,
        ["-updated"] = TaskOrder.Updated,
        ["status_since"] = TaskOrder.Waiting,
        ["-attempts"] = TaskOrder.Attempts,
    };

    private const string Next = "next";

    /// <summary>The orders of the list.</summary>
    internal static IReadOnlyList<string> Sorts { get; } = [.. Orders.Keys, Next];

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
            .TakesQuery("area", "In this area, compared as area locks are.", TaskSelection.MaxArea)
            .TakesQuery("skill", "Requires this skill.", TaskSelection.MaxSkill)
            .TakesQuery("worker_id", "Held or done by this worker.")
            .TakesQuery("id_prefix", "Has an id that begins so: t_ and at least four characters. Two tasks in the answer mean that the prefix is not unique.")
            .TakesQuery("q", "Has this in its title or external id, in any case; nothing in it is a wildcard.", TaskSelection.MaxText)
            .TakesNumber("tier", "Of this tier.", 0, 3)
            .TakesFlag("confirmed", "Whether merged and confirmed by somebody besides the worker, or under review and seen by somebody.")
            .TakesFlag("merge_reported", "Whether its worker says that it is merged and nobody else has confirmed that.")
            .TakesNumber("min_attempts", "Has failed or been lost at least this often.", 0, TaskSelection.MaxAttempts)
            .TakesWord("sort", "All but -created and created are for lists of at most " +
                $"{PoolReadModel.MaxLookedAt} tasks before filters other than repo, status and worker_id. next: ready tasks in the order in " +
                "which they are given out, each with waits_for; for maintainers, without worker_id.", WordLists.TaskSort, "-created")
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
        var sort = fields.Word("sort", Sorts);
        var (query, isNext) = (Read(fields, caller?.WorkerId, Orders.GetValueOrDefault(sort ?? "")), sort == Next);
        if (isNext && query.WorkerId is not null) fields.Reject("sort", "next lists tasks that no worker has: maintainers ask for it, without worker_id");
        if (isNext && query.Phases is not ([] or ["ready"])) fields.Reject("status", "must be ready, or left out, with sort=next");
        // The cursor belongs to all that decides what is in the list.
        var paging = ListPaging.Read(fields, $"tasks\n{caller?.WorkerId}\n{string.Join(',', query.Phases)}\n{query}{(isNext ? "\nnext" : "")}");
        if (fields.Problem is { } problem) return problem;
        if (caller is not null && query.WorkerId != caller.WorkerId)
            return Problem.From(Refusal.Forbidden(RefusalReason.NotAllowed, "A worker sees its own tasks only.", "Leave worker_id out."));
        query = query with { Limit = paging.Limit, After = paging.After };
        if (isNext)
        {
            return await nextTasks.ListAsync(query, http.RequestAborted) is { } next
                ? paging.Answer(http, next.Items, next.Next, Wire.Json.ListResponseTaskItem)
                : TooMany("repo");
        }
        if (await storage.ReadModel.ListTasksAsync(query, http.RequestAborted) is not { } page) return TooMany("repo, status or worker_id");
        var tasks = page.Items.Select(static item => PoolStateJson.Deserialize<TaskState>(item)).ToList();
        var dead = await DeadDependencies.LookAsync(storage, tasks, http.RequestAborted);
        var names = await storage.ReadModel.ReadWorkerNamesAsync(
            [.. tasks.Select(static task => task.WorkerId).OfType<string>().Distinct(StringComparer.Ordinal)], http.RequestAborted);
        return paging.Answer(http, [.. tasks.Select(task => TaskItem.From(task, dead.Of(task)).WithNames(names))], page.Next,
            Wire.Json.ListResponseTaskItem);
    }

    private static Problem TooMany(string filters) => Problem.Invalid("sort",
        $"this order is for lists of at most {PoolReadModel.MaxLookedAt} tasks; narrow it by {filters}, or take -created");

    private static TaskPageQuery Read(QueryFields fields, string? workerId, TaskOrder order)
    {
        var area = fields.Text("area", TaskSelection.MaxArea);
        if (area is not null && Names.CanonicalArea(area) is null) fields.Reject("area", "must name an area");
        return new TaskSelection
        {
            Repo = fields.Repo("repo"),
            Status = fields.Words("status", WordLists.TaskStatus.Words),
            Area = area,
            Skill = fields.Text("skill", TaskSelection.MaxSkill),
            WorkerId = fields.Id("worker_id", Ids.Worker) ?? workerId,
            Q = fields.Text("q", TaskSelection.MaxText),
            Tier = fields.Integer("tier", 0, 3),
            Confirmed = fields.Flag("confirmed"),
            MergeReported = fields.Flag("merge_reported"),
            MinAttempts = fields.Integer("min_attempts", 0, TaskSelection.MaxAttempts),
            IdPrefix = fields.IdPrefix("id_prefix", Ids.Task),
        }.ToQuery(order);
    }
}
