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
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>How a repo is kept in step with GitHub.</summary>
public sealed class SyncEndpoints(
    IGrainFactory grains, SqliteStorage storage, GitHubTransport transport, GitHubClient github, RepoFinder finder,
    IOptions<ServerOptions> server, TimeProvider clock)
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
        var linked = await storage.GitHubRepos.FindLinkedAsync(Names.CanonicalRepo(repo), http.RequestAborted);
        var known = await storage.GitHubRepos.FindAsync(Names.CanonicalRepo(repo), http.RequestAborted);
        var sync = new GithubSync
        {
            Bidirectional = request.IsBidirectional, Label = request.Label, RepositoryFrom = known?.Sync.RepositoryFrom,
        };
        GitHubRepository? found = null;
        try
        {
            // Where it is known which repository it was, the maintainer may mean another one by now.
            if (sync.Bidirectional || (linked?.Github is not null && transport.HasToken))
                found = await github.ReadRepoAsync(repo, http.RequestAborted);
        }
        catch (GitHubException fault)
        {
            return GitHubRepos.ToProblem(fault);
        }
        if (sync.Bidirectional) sync = Granted(Asked(sync, request.WritePermissions), found!);
        var isAnother = linked?.Github is { } before && found?.Id is { } id && id != before.Id;
        if (isAnother) sync = sync with { RepositoryFrom = clock.Now() };
        var command = new UpsertRepo { Name = repo, GithubSync = sync, Actor = http.Actor(), MustExist = true };
        var reply = await grains.GetRepo(repo).UpsertAsync(command);
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        if (isAnother) await storage.GitHubOutbox.ClearAsync(Names.CanonicalRepo(repo), http.RequestAborted);
        // Last: until then nothing is written there, and of the tasks before nothing ever.
        var named = new SyncedRepo(Names.CanonicalRepo(repo), repo, sync, linked?.Github);
        if (found is not null && await finder.LearnAsync(named, found, http.Actor()) is { } refused) return Problem.From(refused);
        return Answer(http, reply.Value!.Name, sync);
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        if (GitHubRepos.Of(http) is not { } repo) return Problem.From(Refusal.NotFound("repo"));
        return await storage.GitHubRepos.FindAsync(Names.CanonicalRepo(repo), http.RequestAborted) is { } found
            ? Answer(http, found.Name, await LookAgainAsync(found, http.RequestAborted))
            : Problem.From(Refusal.NotFound("sync of this repo"));
    }

    private static GithubSync Asked(GithubSync sync, IReadOnlyList<string> wanted) => sync with
    {
        Comments = wanted.Contains("comments"),
        WantsLabels = wanted.Contains("labels"),
        WantsStatus = wanted.Contains("status"),
    };

    /// <summary>The setting with what the token may do at this moment: rights are given and taken while nobody sets anything.</summary>
    private async Task<GithubSync> LookAgainAsync(SyncedRepo repo, CancellationToken cancellationToken)
    {
        if (!repo.Sync.Bidirectional || !transport.HasToken) return repo.Sync;
        try
        {
            return Granted(repo.Sync, await finder.FindAsync(repo, cancellationToken));
        }
        catch (GitHubException fault) when (fault.IsTransient)
        {
            return repo.Sync;
        }
        catch (GitHubException)
        {
            // No token, no right, no such repository any more.
            return repo.Sync with { Comments = false, Labels = false, Status = false };
        }
    }

    private static GithubSync Granted(GithubSync sync, GitHubRepository found) => sync with
    {
        Labels = sync.WritesLabels && found.MayLabel,
        Status = sync.WritesStatus && found.MaySetStatus,
    };

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
