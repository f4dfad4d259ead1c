using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Tasks;

/// <summary>Adding tasks, and reporting on them.</summary>
public sealed class TaskEndpoints(IGrainFactory grains, IIdSource ids, ArtifactRules artifacts)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<TaskEndpoints>();
        routes.MapJsonPost<StatusRequest>("/v1/tasks/{id}/status", endpoints.ReadStatus, endpoints.ReportAsync)
            .Allow(AccessRule.Worker)
            .Describe("reportTaskStatus", "Tasks", "Report where the work on a task stands",
                "For the task's holder. The same report twice is one effect. Artifacts merge: what a report leaves out stays.")
            .TakesPath("id", "The task.")
            .Answers<StatusResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.Forbidden, ProblemKind.NotFound, ProblemKind.Conflict);
        routes.MapJsonPost("/v1/admin/tasks", CreateTaskRequest.Read, endpoints.CreateAsync)
            .Allow(AccessRule.Admin)
            .Describe("createTask", "Backlog", "Add a task",
                "A repeated external_id in the repo answers 200 with the id of the first task, which stays as it is.")
            .Answers<CreateTaskResponse>(StatusCodes.Status201Created)
            .Answers<CreateTaskResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
    }

    private StatusRequest ReadStatus(JsonFields body) => StatusRequest.Read(body, artifacts);

    private async Task<IResult> ReportAsync(StatusRequest request, HttpContext http)
    {
        // An id that no task can have is answered without a grain: a grain would be made for every such guess.
        if (http.PathId(Ids.Task) is not { } taskId)
            return Problem.From(Refusal.NotFound("task"));
        var caller = http.Worker();
        var reply = await SendAsync(grains.GetWorker(caller.WorkerId), caller.TokenHash, taskId, request, http.RequestKey());
        if (reply.Refusal is { } refusal) return Problem.From(ForOlderClient(request, refusal));
        return Wire.Ok(StatusResponse.From(reply.Value!), Wire.Json.StatusResponse);
    }

    private static Task<Reply<TaskProgress>> SendAsync(
        IWorkerGrain worker, string tokenHash, string taskId, StatusRequest request, string? requestKey)
    {
        var status = request.ToStatus();
        if (status is ReportedStatus.Failed)
        {
            return worker.GiveBackAsync(new GiveBackTask(tokenHash, taskId, AttemptOutcome.Failed, request.Message, TimeSpan.Zero,
                request.LeaseId, request.FencingToken, requestKey));
        }
        var artifact = new Artifact
        {
            PrUrl = request.Artifact?.PrUrl,
            CommitSha = request.Artifact?.CommitSha,
            PatchUrl = request.Artifact?.PatchUrl,
            Extra = request.Artifact?.ExtraText,
        };
        var phase = status switch
        {
            ReportedStatus.InProgress => TaskPhase.InProgress,
            ReportedStatus.Blocked => TaskPhase.Blocked,
            ReportedStatus.PrOpened => TaskPhase.PrOpened,
            ReportedStatus.Completed when artifact.PrUrl is not null => TaskPhase.PrOpened,
            _ => TaskPhase.Merged,
        };
        return worker.ReportAsync(new ReportTask(
            tokenHash, taskId, phase, request.Message, artifact, request.LeaseId, request.FencingToken, status is ReportedStatus.Completed));
    }

    /// <summary>"completed" without a pull request asks to merge. Where workers may not, what the client can mend is the missing address,
    /// so that is what it is told.</summary>
    private static Refusal ForOlderClient(StatusRequest request, Refusal refusal) =>
        request.ToStatus() is ReportedStatus.Completed && refusal.Reason == RefusalReason.NotAllowed
            ? Refusal.Invalid("pr_url", "is required with 'completed' in a repo where workers do not merge")
            : refusal.Field == "pr_url" ? refusal with { Field = request.PrUrlField } : refusal;

    private async Task<IResult> CreateAsync(CreateTaskRequest request, HttpContext http)
    {
        var requestKey = http.RequestKey();
        var taskId = request.ExternalId is { } externalId ? TaskIds.OfExternal(request.Repo, externalId)
            : requestKey is not null ? TaskIds.OfRequest(requestKey) : ids.NewId(Ids.Task);
        var reply = await grains.GetRepo(request.Repo).CreateTaskAsync(new CreateTask(taskId, request.ToSpec(), http.Actor()));
        if (reply.Refusal is not null) return Problem.From(reply.Refusal);
        var response = new CreateTaskResponse { TaskId = reply.Value!.TaskId };
        http.Features.Set(new MadeThing(response.TaskId));
        // Without an external id, one that is there already is this same request, whose first answer was lost.
        return reply.Value.Created || request.ExternalId is null
            ? Wire.Created(response, Wire.Json.CreateTaskResponse)
            : Wire.Ok(response, Wire.Json.CreateTaskResponse);
    }
}
