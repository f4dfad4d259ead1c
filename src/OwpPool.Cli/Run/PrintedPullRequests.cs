using System.Text.RegularExpressions;

namespace OwpPool.Cli.Run;

/// <summary>The pull requests that a command printed, and which of them is its own. What a program prints proves nothing: it also prints
/// the pull requests of others.</summary>
/// <param name="repo">The task's.</param>
/// <param name="branch">The task's.</param>
internal sealed partial class PrintedPullRequests(string repo, string branch)
{
    /// <summary>A program that prints more of them is not understood anyway.</summary>
    private const int Most = 10_000;

    private const int MostNamed = 5;

    private readonly Dictionary<string, Printed> _printed = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Looks at a line of the output.</summary>
    public void Take(string line)
    {
        if (!line.Contains("https://", StringComparison.Ordinal)) return;
        var plain = Colours().Replace(line, "");
        foreach (Match match in Addresses().Matches(plain))
        {
            if (!Uri.TryCreate(match.Value, UriKind.Absolute, out var address)) continue;
            var path = match.Groups["path"].Value;
            var key = $"{match.Groups["host"].Value}/{path}#{match.Groups["number"].Value}";
            if (!_printed.TryGetValue(key, out var known))
            {
                if (_printed.Count == Most) return;
                known = new Printed(address, path.Equals(repo, StringComparison.OrdinalIgnoreCase));
            }
            _printed[key] = known with
            {
                NamesBranch = known.NamesBranch || plain.Contains(branch, StringComparison.Ordinal),
                IsAlone = known.IsAlone || Remote().Replace(plain, "").Trim().Equals(match.Value, StringComparison.Ordinal),
            };
        }
    }

    /// <summary>The command's own pull request: of those of the task's repo, or where there is none of it of all, the only one, else the
    /// only one on a line that names the task's branch, else the only one that has a line to itself.</summary>
    public PullRequestLink Choose()
    {
        Printed[] own = [.. _printed.Values.Where(printed => printed.IsOfRepo)];
        Printed[] all = own.Length > 0 ? own : [.. _printed.Values];
        if (all.Length == 0) return PullRequestLink.None;
        if (OnlyOf(all) is { } only) return new PullRequestLink(only.Address, null);
        if (OnlyOf([.. all.Where(printed => printed.NamesBranch)]) is { } named) return new PullRequestLink(named.Address, null);
        if (OnlyOf([.. all.Where(printed => printed.IsAlone)]) is { } alone) return new PullRequestLink(alone.Address, null);
        var some = string.Join(", ", all.Take(MostNamed).Select(printed => printed.Address.AbsoluteUri));
        return new PullRequestLink(null, $"The output names {all.Length} pull requests ({some}{(all.Length > MostNamed ? ", …" : "")}), and not "
            + "which one is this task's. The command must write its address into OWP_PR_FILE.") { IsAmbiguous = true };
    }

    private static Printed? OnlyOf(Printed[] some) => some.Length == 1 ? some[0] : null;

    /// <summary>GitHub, GitLab, Gitea and Bitbucket. What a push offers (<c>…/pull/new/branch</c>) has no number.</summary>
    [GeneratedRegex("https://(?<host>[A-Za-z0-9.-]+)/(?<path>[A-Za-z0-9._~%/-]+?)(?:/-)?/(?:pull|pulls|pull-requests|merge_requests)/"
        + "(?<number>[0-9]+)(?![A-Za-z0-9])")]
    private static partial Regex Addresses();

    [GeneratedRegex("\u001b\\[[0-9;]*[A-Za-z]")]
    private static partial Regex Colours();

    /// <summary>What git puts before the words of a server.</summary>
    [GeneratedRegex(@"^\s*remote:")]
    private static partial Regex Remote();

    private sealed record Printed(Uri Address, bool IsOfRepo)
    {
        public bool NamesBranch { get; init; }

        public bool IsAlone { get; init; }
    }
}
