using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Repos;

/// <summary>Stopping and resuming what a repo hands out.</summary>
public sealed class RepoPauseEndpoints(IGrainFactory grains)
{
    /// <summary>Maps the endpoints, each by both forms of a repo's key; a slash may also be sent as <c>%2F</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<RepoPauseEndpoints>();
        Map("pause", endpoints.PauseAsync, "Repo", "Stop granting tasks of a repo", "Leases and reviews continue.");
        Map("resume", endpoints.ResumeAsync, "Repo", "Hand out a repo's tasks again", "The opposite of pause.");

        void Map(string verb, Func<EmptyRequest, HttpContext, Task<IResult>> handle, string noun, string summary, string description)
        {
            Describe(routes.MapJsonPost($"/v1/admin/repos/{{repo}}/{verb}", EmptyRequest.Read, handle, mayBeEmpty: true), $"{verb}{noun}")
                .TakesPath("repo", "The repo, 'name' or 'owner%2Fname'.", Names.MaxRepoKeyLength);
            Describe(routes.MapJsonPost($"/v1/admin/repos/{{owner}}/{{repo}}/{verb}", EmptyRequest.Read, handle, mayBeEmpty: true), $"{verb}Owner{noun}")
                .TakesPath("owner", "The repo's owner.", Names.MaxRepoKeyLength)
                .TakesPath("repo", "The repo's name.", Names.MaxRepoKeyLength);

            RouteHandlerBuilder Describe(RouteHandlerBuilder builder, string name) => builder
                .Allow(AccessRule.Admin)
                .Describe(name, "Repos", summary, description)
                .Answers<RepoResponse>(StatusCodes.Status200OK)
                .Fails(ProblemKind.NotFound);
        }
    }

    private Task<IResult> PauseAsync(EmptyRequest request, HttpContext http) => SetAsync(http, paused: true);

    private Task<IResult> ResumeAsync(EmptyRequest request, HttpContext http) => SetAsync(http, paused: false);

    private async Task<IResult> SetAsync(HttpContext http, bool paused)
    {
        if (RepoNames.OfRoute(http) is not { } repo) return Problem.From(Refusal.NotFound("repo"));
        var command = new UpsertRepo { Name = repo, Paused = paused, Actor = http.Actor(), MustExist = true };
        var reply = await grains.GetRepo(repo).UpsertAsync(command);
        if (reply.Refusal is not null) return Problem.From(reply.Refusal);
        return Wire.Ok(new RepoResponse { Repo = reply.Value!.Name }, Wire.Json.RepoResponse);
    }
}
