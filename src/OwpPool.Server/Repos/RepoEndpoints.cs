using Microsoft.Extensions.Options;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Grains.Hosting;
using OwpPool.Server.GitHub;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Storage;

namespace OwpPool.Server.Repos;

/// <summary>Registering repos and changing their settings.</summary>
public sealed class RepoEndpoints(
    IGrainFactory grains, IHostEnvironment environment, SqliteStorage storage, IOptions<LimitOptions> limits, IOptions<GitHubOptions> github)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<RepoEndpoints>();
        routes.MapJsonPost<RepoRequest>("/v1/admin/repos", endpoints.Read, endpoints.UpsertAsync)
            .Allow(AccessRule.Admin)
            .Describe("upsertRepo", "Repos", "Register a repo, or change its settings",
                "Settings that are left out stay as they are, or take their defaults in a new repo. Tasks stay as they are.")
            .Answers<RepoResponse>(StatusCodes.Status201Created);
    }

    /// <summary>Where GitHub tells the pool of pull requests, it is asked who has merged what (protocol §3).</summary>
    private MergeAuthority AuthorityFor(string repo) =>
        repo.Contains('/', StringComparison.Ordinal) && !string.IsNullOrEmpty(github.Value.WebhookSecret) ? MergeAuthority.Github : MergeAuthority.Worker;

    private RepoRequest Read(JsonFields body) => RepoRequest.Read(body, environment.IsDevelopment() ? 1 : LeaseOptions.MinTtlSeconds);

    private async Task<IResult> UpsertAsync(RepoRequest request, HttpContext http)
    {
        var full = await storage.ReadModel.HasAsManyAsync(GrainNames.Repo, limits.Value.Repos, http.RequestAborted);
        var command = request.ToCommand(request.Repo, http.Actor()) with { MustExist = full, NewMergeAuthority = AuthorityFor(request.Repo) };
        var reply = await grains.GetRepo(request.Repo).UpsertAsync(command);
        if (reply.Refusal is { Kind: RefusalKind.NotFound } && full)
        {
            return Problem.From(Refusal.Conflict(RefusalReason.LimitReached, "The pool has as many repos as it may.",
                "Use one that is there, or raise OwpPool__Limits__Repos."));
        }
        if (reply.Refusal is not null) return Problem.From(reply.Refusal);
        var response = new RepoResponse { Repo = reply.Value!.Name };
        return Wire.Created(response, Wire.Json.RepoResponse);
    }
}
