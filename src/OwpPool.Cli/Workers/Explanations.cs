using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary>Why a worker gets no work, in words.</summary>
internal static class Explanations
{
    private const int MostRepos = 3;

    /// <summary>The answer, and what keeps the ready tasks of some repos from the worker.</summary>
    /// <param name="why">The pool's.</param>
    /// <param name="repos">Those that count; none = all.</param>
    public static string InOneLine(WorkExplanation why, IReadOnlyList<string> repos)
    {
        RepoExplanation[] counted =
            [.. why.Repos.Where(repo => repos.Count == 0 || repos.Contains(repo.Repo, StringComparer.OrdinalIgnoreCase))];
        var each = counted.Take(MostRepos).Select(repo => $"{repo.Repo}: {repo.Ready} ready, {repo.Takeable} for this worker"
            + (WhyNot(repo) is { Length: > 0 } reasons ? $" ({reasons})" : ""));
        var more = counted.Length > MostRepos ? $"; {counted.Length - MostRepos} more repos: see 'owp worker explain'" : "";
        return string.Join(' ', new[] { why.Message, string.Join("; ", each) + more }.Where(part => part.Length > 0));
    }

    /// <summary>What keeps a repo's tasks from the worker, and how many each reason; empty = nothing.</summary>
    public static string WhyNot(RepoExplanation repo)
    {
        var reasons = repo.Reasons.OrderByDescending(reason => reason.Value).Select(reason => $"{reason.Key} {reason.Value}");
        return string.Join(", ", repo.Nothing is null ? reasons : reasons.Prepend(repo.Nothing));
    }
}
