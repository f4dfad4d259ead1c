using Microsoft.Extensions.Options;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.GitHub.Api;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>How a repo is kept in step with GitHub.</summary>
public sealed class SyncEndpoints(
    IGrainFactory grains, SqliteStorage storage, GitHubTransport transport, GitHubClient github, IOptions<ServerOptions> server)
{
    private const string Path = "/v1/github/repos/{owner}/{repo}/sync";

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<SyncEndpoints>();
        Describe(routes.MapJsonPost<SyncRequest>(Path, SyncRequest.Read, endpoints.SetAsync), "setGitHubSync",
            "Say how a repo is kept in step with GitHub",
            "A setting of the repo, with an audit event. bidirectional takes GITHUB_TOKEN, and grants what that may do in the repository.")
            .Fails(ProblemKind.Conflict);
        Describe(routes.MapGet(Path, (Delegate)endpoints.GetAsync), "getGitHubSync", "How a repo is kept in step with GitHub",
            "404 where it was never said.");

        static RouteHandlerBuilder Describe(RouteHandlerBuilder builder, string name, string summary, string description) => builder
            .Allow(AccessRule.Admin)
            .Describe(name, "GitHub", summary, description)
            .TakesPath("owner", "The repo's owner.", Names.MaxRepoKeyLength)
            .TakesPath("repo", "The repo's name.", Names.MaxRepoKeyLength)
            .Answers<SyncResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private async Task<IResult> SetAsync(SyncRequest request, HttpContext http)
    {
        if (GitHubRepos.Of(http) is not { } repo) return Problem.From(Refusal.NotFound("repo"));
        if (request.IsBidirectional && !transport.HasToken) return NoToken;
        var sync = new GithubSync { Bidirectional = request.IsBidirectional, Label = request.Label };
        try
        {
            if (sync.Bidirectional) sync = await GrantAsync(repo, sync, request.WritePermissions, http.RequestAborted);
        }
        catch (GitHubException fault)
        {
            return GitHubRepos.ToProblem(fault);
        }
        var command = new UpsertRepo { Name = repo, GithubSync = sync, Actor = http.Actor(), MustExist = true };
        var reply = await grains.GetRepo(repo).UpsertAsync(command);
        return reply.Refusal is { } refusal ? Problem.From(refusal) : Answer(http, reply.Value!.Name, sync);
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        if (GitHubRepos.Of(http) is not { } repo) return Problem.From(Refusal.NotFound("repo"));
        return await storage.GitHubRepos.FindAsync(Names.CanonicalRepo(repo), http.RequestAborted) is { } found
            ? Answer(http, found.Name, found.Sync)
            : Problem.From(Refusal.NotFound("sync of this repo"));
    }

    private async Task<GithubSync> GrantAsync(
        string repo, GithubSync sync, IReadOnlyList<string> wanted, CancellationToken cancellationToken)
    {
        var rights = await github.ReadRightsAsync(repo, cancellationToken);
        return sync with
        {
            Comments = wanted.Contains("comments"),
            Labels = wanted.Contains("labels") && rights.MayLabel,
            Status = wanted.Contains("status") && rights.MaySetStatus,
        };
    }

    private IResult Answer(HttpContext http, string repo, GithubSync sync)
    {
        var root = server.Value.PublicUrl is { Length: > 0 } url ? url.TrimEnd('/') : $"{http.Request.Scheme}://{http.Request.Host}";
        return Wire.Ok(new SyncResponse
        {
            Repo = repo,
            SyncType = sync.Bidirectional ? "bidirectional" : "read_only",
            Label = sync.Label,
            WebhookUrl = $"{root}/webhooks/github",
            PermissionsGranted = sync.Permissions,
        }, Wire.Json.SyncResponse);
    }

    private static Problem NoToken => new()
    {
        Kind = ProblemKind.Conflict,
        Message = "The pool cannot write to GitHub without a token.",
        Suggestion = "Set GITHUB_TOKEN and start the server again, or choose read_only.",
        Facts = new ProblemFacts { Reason = ProblemReason.NoGitHubToken },
    };
}
