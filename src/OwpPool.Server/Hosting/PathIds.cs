using OwpPool.Core.Shared;

namespace OwpPool.Server.Hosting;

/// <summary>Ids in a request's path.</summary>
public static class PathIds
{
    /// <summary>The id that the path names; null if it is not a well-formed one of this kind, so that there is no such thing.</summary>
    /// <param name="http">The request.</param>
    /// <param name="prefix">One of <see cref="Ids"/>.</param>
    public static string? PathId(this HttpContext http, string prefix) =>
        http.Request.RouteValues["id"] is string id && Ids.IsId(id, prefix) ? id : null;
}
