using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Repos;

/// <summary>Repo keys in requests.</summary>
public static class RepoNames
{
    /// <summary>The repo that the path names, as <c>{repo}</c> or as <c>{owner}/{repo}</c>; null if no repo can have that key.</summary>
    public static string? OfRoute(HttpContext http)
    {
        var values = http.Request.RouteValues;
        // The server leaves an escaped slash in a path as it came.
        var name = ((string)values["repo"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var repo = values["owner"] is string owner ? $"{owner}/{name}" : name;
        return Names.IsRepoKey(repo) ? repo : null;
    }

    /// <summary>Reads the required <c>repo</c>.</summary>
    public static string Read(JsonFields body)
    {
        if (!body.Has("repo"))
        {
            body.Reject("repo", "is required");
            return "";
        }
        if (body.FreeText("repo", Names.MaxRepoKeyLength) is not { } text) return "";
        if (Names.IsRepoKey(text)) return text;
        body.Reject("repo", "must be 'name' or 'owner/name' of letters, digits, dot, underscore and hyphen");
        return "";
    }
}
