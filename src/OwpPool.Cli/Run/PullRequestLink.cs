using System.Text.RegularExpressions;

namespace OwpPool.Cli.Run;

/// <summary>The pull request that a command named, or what is wrong with what it named.</summary>
internal sealed partial record PullRequestLink(Uri? Address, string? Problem)
{
    public static readonly PullRequestLink None = new(null, null);

    /// <summary>Reads what a command wrote into its file. The pool decides which hosts it takes.</summary>
    /// <param name="content">The file; null = there is none.</param>
    /// <returns>Null where nothing is in it.</returns>
    public static PullRequestLink? Of(string? content)
    {
        var line = content?.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0);
        if (line is null) return null;
        return Uri.TryCreate(line, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? new PullRequestLink(address, null)
            : new PullRequestLink(null, $"OWP_PR_FILE holds '{line}', which is no https address.");
    }

    /// <summary>The last address in a line that looks like a pull request; null = none does. What only looks like an address, such as
    /// <c>https://a..b/</c>, is passed over.</summary>
    public static Uri? LastIn(string line)
    {
        if (!line.Contains("https://", StringComparison.Ordinal)) return null;
        foreach (var match in Addresses().Matches(line).Reverse())
            if (Uri.TryCreate(match.Value, UriKind.Absolute, out var address))
                return address;
        return null;
    }

    /// <summary>GitHub, GitLab, Gitea and Bitbucket. What a push offers (<c>…/pull/new/branch</c>) has no number.</summary>
    [GeneratedRegex(@"https://[A-Za-z0-9.-]+/[A-Za-z0-9._~%/-]+?/(?:pull|pulls|pull-requests|merge_requests)/[0-9]+(?![A-Za-z0-9])")]
    private static partial Regex Addresses();
}
