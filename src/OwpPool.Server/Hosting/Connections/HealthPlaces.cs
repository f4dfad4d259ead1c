using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Connections;

/// <summary>Keeps the last connections for health: anything else that comes on them is refused, and all of them end with their answer.
/// </summary>
public sealed class HealthPlaces(RequestDelegate next)
{
    /// <summary>Refuses the request, or passes it on.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<HealthConnection>() is null) return next(http);
        http.Response.Headers.Connection = "close";
        if (http.GetEndpoint()?.Metadata.GetMetadata<HealthMetadata>() is not null) return next(http);
        return Problem.Unavailable("This server has as many connections open, or your address has, as it serves.").ExecuteAsync(http);
    }
}

/// <summary>Marks an endpoint that is answered when nothing else is.</summary>
public sealed record HealthMetadata;
