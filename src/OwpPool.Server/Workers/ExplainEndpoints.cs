using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Workers;

/// <summary>Why there is no work.</summary>
public sealed class ExplainEndpoints(IGrainFactory grains)
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<ExplainEndpoints>();
        routes.MapGet("/v1/work/explain", (Delegate)endpoints.ExplainAsync)
            .Allow(AccessRule.Worker)
            .Describe("explainWork", "Workers", "Ask why there is no work",
                "Counts for each repo and reason, or the one reason why the worker does not get the task of task_id. Changes nothing.")
            .TakesQuery("task_id", "A task to explain.")
            .Answers<ExplainResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError, ProblemKind.NotFound);
    }

    private async Task<IResult> ExplainAsync(HttpContext http)
    {
        var query = new QueryFields(http.Request.Query);
        var taskId = query.Id("task_id", Ids.Task);
        if (query.Problem is { } problem) return problem;
        var caller = http.Worker();
        var reply = await grains.GetWorker(caller.WorkerId).ExplainAsync(caller.TokenHash, taskId);
        return reply.Refusal is { } refusal ? Problem.From(refusal) : Wire.Ok(reply.Value!.ToWire(), Wire.Json.ExplainResponse);
    }
}
