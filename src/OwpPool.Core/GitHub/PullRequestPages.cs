using System.Globalization;
using OwpPool.Core.Shared;

namespace OwpPool.Core.GitHub;

/// <summary>A pull request by its address.</summary>
/// <param name="Host">Lower case, with its port where that is not 443.</param>
/// <param name="Repo"><c>owner/name</c>, as written; with nested groups on GitLab.</param>
/// <param name="Number">1 or more.</param>
/// <param name="Address">The one address to which all spellings and pages of the pull request come.</param>
public sealed record ForgePull(string Host, string Repo, long Number, string Address)
{
    /// <summary>Whether it is of this repo, which is named <c>owner/name</c> or <c>host/owner/name</c>.</summary>
    public bool IsOf(string repo)
    {
        var canonical = Names.CanonicalRepo(repo);
        return canonical == Names.CanonicalRepo(Repo) || canonical == Names.CanonicalRepo($"{Host.Split(':')[0]}/{Repo}");
    }
}

/// <summary>The pages under which forges show a pull request: the one place that reads such addresses, whoever names them (a worker,
/// GitHub, the database).</summary>
public static class PullRequestPages
{
    private const int MaxNumberLength = 10;

    private static readonly string[] Downloads = [".diff", ".patch"];

    /// <summary>The pull request that an https address names in a forge's form; null = it is another page.</summary>
    public static ForgePull? Read(string address, ForgeKind kind) => Parse(address) is { } url ? Read(url, kind) : null;

    /// <summary>The same, in the form of whichever forge has such pages: for hosts whose kind is unknown.</summary>
    public static ForgePull? ReadAny(string address)
    {
        if (Parse(address) is not { } url) return null;
        foreach (var kind in Enum.GetValues<ForgeKind>())
            if (Read(url, kind) is { } pull) return pull;
        return null;
    }

    /// <summary>How a pull request's address looks on a host.</summary>
    public static string Example(string host, ForgeKind kind) => kind switch
    {
        ForgeKind.GitHub => $"https://{host}/owner/name/pull/7",
        ForgeKind.GitLab => $"https://{host}/group/name/-/merge_requests/7",
        ForgeKind.Bitbucket => $"https://{host}/workspace/name/pull-requests/7",
        _ => $"https://{host}/owner/name/pulls/7",
    };

    internal static ForgePull? Read(Uri url, ForgeKind kind)
    {
        var parts = url.AbsolutePath[1..].Split('/');
        return kind switch
        {
            ForgeKind.GitHub => Of(url, parts, "pull", ""),
            ForgeKind.Bitbucket => OfBitbucketServer(url, parts) ?? Of(url, parts, "pull-requests", ""),
            ForgeKind.Gitea => Of(url, parts, "pulls", ""),
            _ => OfGitLab(url, parts),
        };
    }

    internal static Uri? Parse(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0 ? url : null;

    private static ForgePull? OfGitLab(Uri url, string[] parts)
    {
        var at = Array.FindIndex(parts, static part => part.Equals("merge_requests", StringComparison.OrdinalIgnoreCase));
        var end = at > 0 && parts[at - 1] == "-" ? at - 1 : at;
        return end < 2 ? null : Of(url, [string.Join('/', parts[..(end - 1)]), parts[end - 1], .. parts[at..]], "merge_requests", "-/");
    }

    /// <summary>Bitbucket on a host of one's own: <c>/projects/KEY/repos/name/pull-requests/7</c>.</summary>
    private static ForgePull? OfBitbucketServer(Uri url, string[] parts) =>
        parts is [var projects, var key, var repos, var name, .. var rest] && projects.ToLowerInvariant() is "projects" or "users"
            && repos.Equals("repos", StringComparison.OrdinalIgnoreCase)
            && Of(url, [key, name, .. rest], "pull-requests", "") is { } pull
            ? pull with { Address = $"https://{pull.Host}/{projects.ToLowerInvariant()}/{key}/repos/{name}/pull-requests/{Text(pull.Number)}" }
            : null;

    private static ForgePull? Of(Uri url, string[] parts, string word, string before)
    {
        if (parts is not [var owner, var name, var page, var last, ..] || !string.Equals(page, word, StringComparison.OrdinalIgnoreCase)) return null;
        // An empty part, an escape or a parameter is read in more than one way; what comes behind the number does not matter.
        if (NumberOf(last) is not { } number || !IsPlain(name) || !Array.TrueForAll(owner.Split('/'), IsPlain)) return null;
        var (host, repo) = (url.Authority.ToLowerInvariant(), $"{owner}/{name}");
        return new ForgePull(host, repo, number, $"https://{host}/{repo}/{before}{word}/{Text(number)}");
    }

    private static long? NumberOf(string text)
    {
        var digits = Array.Find(Downloads, end => text.EndsWith(end, StringComparison.OrdinalIgnoreCase)) is { } ending ? text[..^ending.Length] : text;
        return digits.Length <= MaxNumberLength && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsPlain(string part) =>
        part.Length > 0 && part.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '~' or '-') && part is not ("." or "..");
}
