using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Tasks.Files;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>Adding many tasks at once.</summary>
public sealed class BatchEndpoints(TaskBatches batches, IOptions<ImportOptions> options)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<BatchEndpoints>();
        var limit = new BodyLimit(endpoints.Options.MaxBodyBytes);
        routes.MapJsonPost("/v1/admin/tasks/batch", BatchRequest.Read, endpoints.AddAsync)
            .Allow(AccessRule.Admin).WithMetadata(limit)
            .Describe("createTasks", "Backlog", "Add many tasks, all or none",
                "Nothing is added if anything is wrong. Once it is answered all are there, and a crash in between adds the rest afterwards. " +
                "With on_existing=update a task that is there is changed as PATCH would; one that may not be changed now is left, with the reason.")
            .Answers<BatchResponse>(StatusCodes.Status201Created)
            .Answers<BatchResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
        routes.MapPost("/v1/admin/tasks/import", (Delegate)endpoints.ImportAsync)
            .Allow(AccessRule.Admin).WithMetadata(limit)
            .Accepts<CreateTaskRequest[]>("application/json", "*/*")
            .TakesBody("text/yaml", "The same as a YAML list of mappings.")
            .Describe("importTasks", "Backlog", "Import a file of tasks, all or none",
                "YAML or JSON: a list of tasks, or an object with such a list as tasks. depends_on names tasks of the file by title or " +
                "external_id, or others by id. A task without an external_id has one made of its title; the same file again adds nothing. " +
                "details.errors has each kind of fault once, under the first line that has it, with its count and first places.")
            .TakesQuery("repo", "The repo of tasks that name none.", Names.MaxRepoKeyLength)
            .TakesFlag("dry_run", "Whether only to tell what would be wrong, created, updated and left, and to change nothing.")
            .TakesWord("on_existing", "Fields that the file leaves out stay.", WordLists.OnExisting, BatchRequest.Choices[0])
            .Answers<BatchResponse>(StatusCodes.Status201Created)
            .Answers<BatchResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
    }

    private ImportOptions Options => options.Value;

    private async Task<IResult> AddAsync(BatchRequest request, HttpContext http) =>
        Answer(await batches.AddAsync(
            request.Tasks, new BatchTerms(request.OnExisting == "update", IsDryRun: false), http.RequestKey(), http.Actor(), http.RequestAborted));

    private async Task<IResult> ImportAsync(HttpContext http)
    {
        var query = new QueryFields(http.Request.Query);
        query.Repo("repo");
        var terms = new BatchTerms(
            query.Word("on_existing", BatchRequest.Choices) == "update", query.Flag("dry_run") is true);
        if (query.Problem is { } problem) return problem;
        var (file, fault) = await TaskFileBody.ReadAsync(http.Request);
        if (fault is not null) return fault;
        var faults = new ImportFaults();
        var entries = TaskFileBody.Parse(file!, Options.MaxTasks, faults);
        if (faults.IsEmpty && entries.Count == 0) faults.Add(0, "holds no tasks");
        if (!faults.IsEmpty && entries.Count == 0) return faults.ToProblem();
        var import = new TaskImport(entries, http.Request.Query["repo"], faults);
        var requests = import.Read();
        if (!faults.IsEmpty) return faults.ToProblem();
        var reply = await batches.AddAsync(requests, terms, http.RequestKey(), http.Actor(), http.RequestAborted);
        if (reply.Refusal is { Kind: RefusalKind.Invalid } wrong) reply = wrong with { Suggestion = wrong.Suggestion ?? ImportFaults.Suggestion };
        return Answer(reply);
    }

    private static IResult Answer(Reply<BatchResponse> reply)
    {
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        return reply.Value is { Created: > 0, DryRun: false }
            ? Wire.Created(reply.Value, Wire.Json.BatchResponse)
            : Wire.Ok(reply.Value, Wire.Json.BatchResponse);
    }

    /// <summary>These bodies have a limit of their own.</summary>
    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
