using OwpPool.Core.Analytics;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Repos;
using OwpPool.Storage;

namespace OwpPool.Server.Analytics;

/// <summary>How work flows, in figures.</summary>
public sealed class AnalyticsEndpoints(SqliteStorage storage, TimeProvider clock)
{
    private const string Description =
        """
        The period is whole days, UTC, today included. Everything is counted from the event log, so it reaches no further back than events are
        kept. Waits that go on count with what they have lasted so far; of the ready tasks the oldest 1,000 without dependencies are looked at.
        """;

    private static readonly AnalyticsPeriod Standard = AnalyticsPeriod.All[0];

    /// <summary>Maps the endpoints; a repo by both forms of its key, a slash may also be sent as <c>%2F</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<AnalyticsEndpoints>();
        Describe(routes.MapGet("/v1/analytics/pool", (Delegate)endpoints.PoolAsync), "getPoolAnalytics", "How work flows in the pool");
        Describe(routes.MapGet("/v1/analytics/repositories/{repo}", (Delegate)endpoints.RepoAsync), "getRepoAnalytics", "How work flows in a repo")
            .TakesPath("repo", "The repo, 'name' or 'owner%2Fname'.", Names.MaxRepoKeyLength)
            .Fails(ProblemKind.NotFound);
        Describe(routes.MapGet("/v1/analytics/repositories/{owner}/{repo}", (Delegate)endpoints.RepoAsync), "getOwnerRepoAnalytics",
                "How work flows in a repo")
            .TakesPath("owner", "The repo's owner.", Names.MaxRepoKeyLength)
            .TakesPath("repo", "The repo's name.", Names.MaxRepoKeyLength)
            .Fails(ProblemKind.NotFound);

        static RouteHandlerBuilder Describe(RouteHandlerBuilder builder, string name, string summary) => builder
            .Allow(AccessRule.Admin)
            .Describe(name, "Analytics", summary, Description)
            .TakesWord("period", "Which days count.", WordLists.AnalyticsPeriods, Standard.Word)
            .Answers<AnalyticsResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
    }

    private async Task<IResult> PoolAsync(HttpContext http)
    {
        var (period, problem) = ReadPeriod(http.Request.Query);
        if (period is null) return problem!;
        return Answer(http, null, period, await storage.Analytics.ReadPoolAsync(period, clock.Now(), http.RequestAborted));
    }

    private async Task<IResult> RepoAsync(HttpContext http)
    {
        var (period, problem) = ReadPeriod(http.Request.Query);
        if (period is null) return problem!;
        if (RepoNames.OfRoute(http) is not { } repo) return Problem.From(Refusal.NotFound("repo"));
        var figures = await storage.Analytics.ReadRepoAsync(Names.CanonicalRepo(repo), period, clock.Now(), http.RequestAborted);
        return figures is null ? Problem.From(Refusal.NotFound("repo")) : Answer(http, figures.Repo, period, figures);
    }

    private static IResult Answer(HttpContext http, string? repo, AnalyticsPeriod period, Storage.Analytics.AnalyticsFigures figures)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Wire.Ok(AnalyticsResponse.Of(repo, period, figures), Wire.Json.AnalyticsResponse);
    }

    private static (AnalyticsPeriod? Period, Problem? Problem) ReadPeriod(IQueryCollection parameters)
    {
        var query = new QueryFields(parameters);
        var word = query.Word("period", WordLists.AnalyticsPeriods.Words);
        return query.Problem is { } problem ? (null, problem) : (AnalyticsPeriod.Find(word ?? Standard.Word), null);
    }
}
