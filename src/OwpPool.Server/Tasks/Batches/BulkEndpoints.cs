using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Repos;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Lists;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.State;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>What maintainers do with many tasks at once. Which tasks is decided once; each is changed only as it was then.</summary>
public sealed class BulkEndpoints(IGrainFactory grains, IIdSource ids, SqliteStorage storage, IPoolReader reader, TimeProvider clock)
{
    private const string IdPrefix = "b_";

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<BulkEndpoints>();
        routes.MapJsonPost("/v1/admin/tasks/bulk", BulkRequest.Read, endpoints.RunAsync)
            .Allow(AccessRule.Admin)
            .Describe("bulkTasks", "Backlog", "Requeue, cancel, edit or accept many tasks",
                "Each task follows the same rules as a request for that task alone. Tasks that changed since they were found, or whose " +
                "status does not allow the act, are refused. Each change is one event with the same bulk_id. After a crash the server " +
                "finishes the rest. Oldest first, up to limit; next_cursor leads to the rest. Unknown members are refused here: a " +
                "misspelt filter would find too much.")
            .Answers<BulkResponse>(StatusCodes.Status200OK);
    }

    private async Task<IResult> RunAsync(BulkRequest request, HttpContext http)
    {
        var query = request.Filter is { } filter ? filter.ToQuery(TaskOrder.Oldest) : null;
        var list = $"bulk\n{request.Act}\n{string.Join(',', query?.Phases ?? [])}\n{query}";
        var after = request.Cursor is { } cursor ? ListCursor.Read(cursor, list) : null;
        if (request.Cursor is not null && after is null)
            return Problem.Invalid("cursor", "must be the next_cursor of the request before, with the same filter and act");
        var key = http.RequestKey();
        var order = request.ToOrder(after?.Key ?? (key is null ? ids.NewId(IdPrefix) : IdPrefix + key), http.Actor());
        var (tasks, refused, next) = await FindAsync(request, query, after, http.RequestAborted);
        var nextCursor = next is null ? null : ListCursor.Write(next with { Key = order.BulkId }, list);
        if (request.DryRun || (tasks.Count == 0 && key is null))
        {
            http.HadNoEffect();
            return Answer(await TryAsync(order, tasks, refused, nextCursor) with { DryRun = request.DryRun });
        }
        var bulk = grains.GetBulk(key ?? ids.NewId(IdPrefix));
        await bulk.AcceptAsync(new AcceptBulk(
            order, [.. tasks.Select(static task => new BulkTask { TaskId = task.TaskId, Repo = task.Repo, Version = task.Version })], refused, nextCursor));
        // From here on it is promised: should this request die, the resumer does the rest.
        BulkProgress progress;
        while (!(progress = await bulk.ContinueAsync()).Done) http.RequestAborted.ThrowIfCancellationRequested();
        return Answer(BulkResponse.From(progress.Order, progress.Matched, progress.Changed, progress.Refused, progress.NextCursor));
    }

    private async Task<(List<TaskState> Tasks, List<BulkRefusal> Refused, ListPosition? Next)> FindAsync(
        BulkRequest request, TaskPageQuery? query, ListPosition? after, CancellationToken cancellationToken)
    {
        if (query is not null)
        {
            var page = (await storage.ReadModel.ListTasksAsync(
                query with { Limit = request.Limit ?? BulkRequest.MaxTasks, After = after }, cancellationToken))!;
            return ([.. page.Items.Select(static item => PoolStateJson.Deserialize<TaskState>(item))], [], page.Next);
        }
        var (tasks, refused) = (new List<TaskState>(), new List<BulkRefusal>());
        var wanted = request.TaskIds!.Distinct(StringComparer.Ordinal).ToList();
        var found = await storage.ReadModel.ReadTasksAsync(wanted, cancellationToken);
        foreach (var id in wanted)
        {
            if (found.TryGetValue(id, out var state)) tasks.Add(PoolStateJson.Deserialize<TaskState>(state));
            else refused.Add(BulkRefusal.Of(id, Refusal.NotFound("task")));
        }
        return (tasks, refused, null);
    }

    /// <summary>Asks the rules what would be, and changes nothing.</summary>
    private async Task<BulkResponse> TryAsync(BulkOrder order, List<TaskState> tasks, List<BulkRefusal> refused, string? nextCursor)
    {
        var (now, changed, matched) = (clock.GetUtcNow(), 0, tasks.Count + refused.Count);
        foreach (var task in tasks)
        {
            var command = order.CommandFor(new BulkTask { TaskId = task.TaskId, Repo = task.Repo, Version = task.Version });
            var decision = TaskLifecycle.Decide(task, command, now);
            if ((decision.Refusal ?? await DependencyRules.WhyNotAsync(reader, task.TaskId, order.Patch.DependsOn ?? [])) is { } refusal)
                refused.Add(BulkRefusal.Of(task.TaskId, refusal));
            else if (decision.Next is not null) changed++;
        }
        return BulkResponse.From(order, matched, changed, refused, nextCursor);
    }

    private static IResult Answer(BulkResponse response) => Wire.Ok(response, Wire.Json.BulkResponse);
}
