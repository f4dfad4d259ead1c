using OwpPool.Core.Pools;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Access;

/// <summary>Lets a request pass to its endpoint only if the endpoint's <see cref="AccessRule"/> does. A worker token that this pool did not
/// make is refused here and never reaches a grain or the database.</summary>
public sealed class AccessMiddleware(RequestDelegate next, Maintainers maintainers, WorkerTokens workers, MetricsToken metrics)
{
    /// <summary>Checks the request.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not { } endpoint) return next(http);
        var problem = endpoint.Metadata.GetMetadata<AccessMetadata>()?.Rule switch
        {
            AccessRule.Anyone => null,
            AccessRule.Worker => WhyNoWorker(http),
            AccessRule.Admin => WhyNoAdmin(http),
            AccessRule.AdminOrWorker => http.IsAdmin() ? WhyNoAdmin(http) : WhyNoWorker(http),
            AccessRule.Metrics => metrics.IsIn(http.Request.Headers) ? null : WhyNoAdmin(http),
            // Routing's own endpoints (405, 415) carry no rule; they answer nothing but a status.
            _ => endpoint is RouteEndpoint ? throw new InvalidOperationException($"{endpoint.DisplayName} has no access rule.") : null,
        };
        return problem is null ? next(http) : problem.ExecuteAsync(http);
    }

    private Problem? WhyNoWorker(HttpContext http)
    {
        // The rate limit may have read it already.
        if (http.Features.Get<WorkerCaller>() is not null) return null;
        if (!workers.TryRead(http.Request.Headers, out var caller)) return Problem.From(Refusal.Unauthorized());
        http.Features.Set(caller);
        return null;
    }

    private Problem? WhyNoAdmin(HttpContext http)
    {
        var headers = http.Request.Headers;
        if ((http.Features.Get<MaintainerCaller>() ?? maintainers.Read(headers)) is { } caller)
        {
            http.Features.Set(caller);
            return caller.Role is MaintainerRole.Admin || HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)
                ? null
                : new Problem
                {
                    Kind = ProblemKind.Forbidden,
                    Message = $"'{caller.Name}' is a viewer, who reads everything and changes nothing.",
                    Suggestion = "Use the token of a maintainer whose role is 'admin'.",
                };
        }
        if (!Maintainers.IsMeant(headers) && workers.TryRead(headers, out _))
            return new Problem { Kind = ProblemKind.Forbidden, Message = "A worker token does not open the admin endpoints." };
        return new Problem
        {
            Kind = ProblemKind.Unauthorized,
            Message = "The admin token is missing, wrong, expired or revoked.",
            Suggestion = $"Send '{AdminToken.Header}' with the token of OWP_ADMIN_TOKEN, the one printed at the first start, or one of your own.",
            Challenge = Challenges.Admin,
        };
    }
}

/// <summary>The caller, behind <see cref="AccessMiddleware"/>.</summary>
public static class CallerExtensions
{
    /// <summary>Whether an endpoint with <see cref="AccessRule.AdminOrWorker"/> is called as an admin.</summary>
    public static bool IsAdmin(this HttpContext http) => Maintainers.IsMeant(http.Request.Headers);

    /// <summary>The maintainer that calls an endpoint with <see cref="AccessRule.Admin"/>, as the audit log names it.</summary>
    public static string Actor(this HttpContext http) => http.Features.Get<MaintainerCaller>()?.Actor
        ?? throw new InvalidOperationException("The endpoint does not ask for a maintainer.");

    /// <summary>The worker that calls an endpoint with <see cref="AccessRule.Worker"/>.</summary>
    public static WorkerCaller Worker(this HttpContext http) =>
        http.Features.Get<WorkerCaller>() ?? throw new InvalidOperationException("The endpoint does not ask for a worker.");
}
