using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>Importing issues.</summary>
public sealed class ImportEndpoint(SqliteStorage storage, IssueImport import, RepoFinder finder)
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<ImportEndpoint>();
        routes.MapJsonPost<ImportRequest>("/v1/github/repos/{owner}/{repo}/import", ImportRequest.Read, endpoint.ImportAsync,
            mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("importGitHubIssues", "GitHub", "Make tasks of labelled issues",
                "Open issues with the label, oldest first. Labels say what the tasks are: estimate:N or size:N, " +
                "priority:critical|high|medium|low or priority:N, skills:a,b, area:x, tier:N. Repeatable: each issue becomes a task once.")
            .TakesPath("owner", "The repo's owner.", Names.MaxRepoKeyLength)
            .TakesPath("repo", "The repo's name.", Names.MaxRepoKeyLength)
            .Answers<ImportResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
    }

    private async Task<IResult> ImportAsync(ImportRequest request, HttpContext http)
    {
        if (GitHubRepos.Of(http) is not { } named
            || await storage.GitHubRepos.FindNameAsync(Names.CanonicalRepo(named), http.RequestAborted) is not { } repo)
            return Problem.From(Refusal.NotFound("repo"));
        var sync = await storage.GitHubRepos.FindAsync(Names.CanonicalRepo(repo), http.RequestAborted);
        var label = request.Label ?? sync?.Sync.Label ?? GithubSync.DefaultLabel;
        try
        {
            // Issues of another repository that has the name by now are not those that the maintainer means.
            if (sync?.Github is not null) await finder.FindAsync(sync, http.RequestAborted);
            return Wire.Ok(await import.ImportAsync(repo, label, request, sync, http.Actor(), http.RequestAborted),
                Wire.Json.ImportResponse);
        }
        catch (GitHubException fault)
        {
            return GitHubRepos.ToProblem(fault);
        }
    }
}
