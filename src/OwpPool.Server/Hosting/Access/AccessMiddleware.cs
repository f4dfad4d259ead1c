using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Access;

/// <summary>Lets a request pass to its endpoint only if the endpoint's <see cref="AccessRule"/> does. A worker token that this pool did not
/// make is refused here and never reaches a grain or the database.</summary>
public sealed class AccessMiddleware(RequestDelegate next, AdminToken admin, WorkerTokens workers, MetricsToken metrics)
{
    /// <summary>Checks the request.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not { } endpoint) return next(http);
        var problem = endpoint.Metadata.GetMetadata<AccessMetadata>()?.Rule switch
        {
            AccessRule.Anyone => null,
            AccessRule.Worker => WhyNoWorker(http),
            AccessRule.Admin => WhyNoAdmin(http.Request.Headers),
            AccessRule.AdminOrWorker => http.IsAdmin() ? WhyNoAdmin(http.Request.Headers) : WhyNoWorker(http),
            AccessRule.Metrics => metrics.IsIn(http.Request.Headers) ? null : WhyNoAdmin(http.Request.Headers),
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

    private Problem? WhyNoAdmin(IHeaderDictionary headers)
    {
        if (admin.IsIn(headers)) return null;
        if (headers[AdminToken.Header].Count == 0 && workers.TryRead(headers, out _))
            return new Problem { Kind = ProblemKind.Forbidden, Message = "A worker token does not open the admin endpoints." };
        return new Problem
        {
            Kind = ProblemKind.Unauthorized,
            Message = "The admin token is missing or wrong.",
            Suggestion = $"Send '{AdminToken.Header}' with the token of OWP_ADMIN_TOKEN, or the one printed at the first start.",
            Challenge = Challenges.Admin,
        };
    }
}

/// <summary>The caller, behind <see cref="AccessMiddleware"/>.</summary>
public static class CallerExtensions
{
    /// <summary>Whether an endpoint with <see cref="AccessRule.AdminOrWorker"/> is called as an admin.</summary>
    public static bool IsAdmin(this HttpContext http) => http.Request.Headers.ContainsKey(AdminToken.Header);

    /// <summary>The worker that calls an endpoint with <see cref="AccessRule.Worker"/>.</summary>
    public static WorkerCaller Worker(this HttpContext http) =>
        http.Features.Get<WorkerCaller>() ?? throw new InvalidOperationException("The endpoint does not ask for a worker.");
}
