using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Repos;

/// <summary>Repo keys in requests.</summary>
public static class RepoNames
{
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
