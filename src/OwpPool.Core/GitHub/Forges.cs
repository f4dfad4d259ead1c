using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OwpPool.Core.Shared;

namespace OwpPool.Core.GitHub;

/// <summary>What a site that hosts repositories is; each has its own form of a pull request's address.</summary>
public enum ForgeKind
{
    /// <summary><c>/owner/name/pull/7</c>.</summary>
    GitHub,

    /// <summary><c>/group/name/-/merge_requests/7</c>; groups may be nested.</summary>
    GitLab,

    /// <summary><c>/workspace/name/pull-requests/7</c>.</summary>
    Bitbucket,

    /// <summary><c>/owner/name/pulls/7</c>, as Forgejo has it too.</summary>
    Gitea,
}

/// <summary>A pull request of a known site.</summary>
/// <param name="Host">Lower case.</param>
/// <param name="Repo"><c>owner/name</c>, as written; with nested groups on GitLab.</param>
/// <param name="Address">The one address that all spellings and pages of it come to.</param>
public sealed record ForgePull(string Host, string Repo, string Address)
{
    /// <summary>Whether it is of this repo, which is named <c>owner/name</c> or <c>host/owner/name</c>.</summary>
    public bool IsOf(string repo)
    {
        var canonical = Names.CanonicalRepo(repo);
        return canonical == Names.CanonicalRepo(Repo) || canonical == Names.CanonicalRepo($"{Host}/{Repo}");
    }
}

/// <summary>The sites whose addresses are known (protocol rule 10): github.com, gitlab.com, bitbucket.org, codeberg.org, and the operator's.
/// </summary>
/// <param name="further">The operator's hosts, in lower case.</param>
public sealed class Forges(IReadOnlyDictionary<string, ForgeKind> further)
{
    private const int MaxNumberLength = 10;

    private readonly FrozenDictionary<string, ForgeKind> _kinds = new Dictionary<string, ForgeKind>(further, StringComparer.OrdinalIgnoreCase)
    {
        ["github.com"] = ForgeKind.GitHub,
        ["gitlab.com"] = ForgeKind.GitLab,
        ["bitbucket.org"] = ForgeKind.Bitbucket,
        ["codeberg.org"] = ForgeKind.Gitea,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that everybody knows.</summary>
    public static Forges Known { get; } = new(FrozenDictionary<string, ForgeKind>.Empty);

    /// <summary>Reads a setting, <c>git.acme.com</c> or <c>git.acme.com=gitlab</c>, separated by commas; without a kind it is
    /// <c>github</c>.</summary>
    /// <returns>Null where a host or a kind is none.</returns>
    public static IReadOnlyDictionary<string, ForgeKind>? TryParse(string setting)
    {
        var kinds = new Dictionary<string, ForgeKind>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in setting.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (host, word) = entry.Split('=', 2) is [var name, var given] ? (name, given) : (entry, nameof(ForgeKind.GitHub));
            if (Uri.CheckHostName(host) is not UriHostNameType.Dns || !char.IsAsciiLetter(word.FirstOrDefault())) return null;
            if (!Enum.TryParse<ForgeKind>(word, ignoreCase: true, out var kind)) return null;
            kinds[host] = kind;
        }
        return kinds;
    }

    /// <summary>Whether the form of this host's addresses is known.</summary>
    public bool IsKnown(string host) => _kinds.ContainsKey(host);

    /// <summary>The pull request that an https address of a known site names; null if it is another page, or of another site.</summary>
    public ForgePull? Read(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || !url.IsDefaultPort) return null;
        if (!_kinds.TryGetValue(url.Host, out var kind)) return null;
        var parts = url.AbsolutePath.TrimStart('/').Length + 1 == url.AbsolutePath.Length ? url.AbsolutePath.Trim('/').Split('/') : [];
        // An empty part, an escape or a parameter is read in more than one way.
        if (parts.Length == 0 || !Array.TrueForAll(parts, IsPlain)) return null;
        return kind switch
        {
            ForgeKind.GitHub => Of(url.Host, parts, "pull", ""),
            ForgeKind.Bitbucket => Of(url.Host, parts, "pull-requests", ""),
            ForgeKind.Gitea => Of(url.Host, parts, "pulls", ""),
            _ => OfGitLab(url.Host, parts),
        };
    }

    private static ForgePull? OfGitLab(string host, string[] parts)
    {
        var at = Array.IndexOf(parts, "merge_requests");
        var end = at > 0 && parts[at - 1] == "-" ? at - 1 : at;
        return end < 2 ? null : Of(host, [string.Join('/', parts[..(end - 1)]), parts[end - 1], .. parts[at..]], "merge_requests", "-/");
    }

    private static ForgePull? Of(string host, string[] parts, string word, string before)
    {
        if (parts is not [var owner, var name, var page, var number, ..] || !string.Equals(page, word, StringComparison.OrdinalIgnoreCase) || !IsNumber(number)) return null;
        var repo = $"{owner}/{name}";
        return new ForgePull(host.ToLowerInvariant(), repo,
            string.Create(CultureInfo.InvariantCulture, $"https://{host.ToLowerInvariant()}/{repo}/{before}{word}/{long.Parse(number, CultureInfo.InvariantCulture)}"));
    }

    private static bool IsNumber([NotNullWhen(true)] string? text) =>
        text is { Length: >= 1 and <= MaxNumberLength } && text.All(char.IsAsciiDigit) && text.Trim('0').Length > 0;

    private static bool IsPlain(string part) =>
        part.Length > 0 && part.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '~' or '-') && part is not ("." or "..");
}
