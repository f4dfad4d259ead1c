using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.GitHub;

/// <summary>Repos in the paths of GitHub's endpoints, and what to answer when GitHub does not.</summary>
internal static class GitHubRepos
{
    /// <summary>The repo that the path names; null if it can be none.</summary>
    public static string? Of(HttpContext http)
    {
        var values = http.Request.RouteValues;
        var repo = $"{values["owner"]}/{values["repo"]}";
        return Names.IsRepoKey(repo) && !repo.EndsWith('/') ? repo : null;
    }

    /// <summary>The answer where GitHub did not do its part.</summary>
    public static Problem ToProblem(GitHubException fault) => fault.Fault switch
    {
        GitHubFault.NotFound or GitHubFault.Gone => new Problem
        {
            Kind = ProblemKind.NotFound,
            Message = "GitHub has no such repository, or none that the token may see.",
            Suggestion = "Check the name, and what GITHUB_TOKEN may read.",
        },
        GitHubFault.Moved => new Problem
        {
            Kind = ProblemKind.Conflict,
            Message = fault.Message,
            Suggestion = "Set the repo's sync again if you mean the repository that has the name now.",
            Facts = new ProblemFacts { Reason = ProblemReason.RepositoryChanged },
        },
        GitHubFault.Denied or GitHubFault.Refused => new Problem
        {
            Kind = ProblemKind.Conflict,
            Message = "GitHub refuses the request.",
            Suggestion = "Check that GITHUB_TOKEN is valid and what it may do in the repository.",
            Facts = new ProblemFacts { Reason = ProblemReason.GitHubRefused },
        },
        _ => new Problem
        {
            Kind = ProblemKind.Unavailable,
            Message = fault.Message,
            RetryAfter = fault.RetryAfter ?? TimeSpan.FromSeconds(10),
        },
    };
}
