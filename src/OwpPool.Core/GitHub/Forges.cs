using System.Collections.Frozen;
using System.Globalization;

namespace OwpPool.Core.GitHub;

/// <summary>What a site that hosts repositories is; each has its own form of a pull request's address.</summary>
public enum ForgeKind
{
    /// <summary><c>/owner/name/pull/7</c>.</summary>
    GitHub,

    /// <summary><c>/group/name/-/merge_requests/7</c>; groups may be nested.</summary>
    GitLab,

    /// <summary><c>/workspace/name/pull-requests/7</c>; on a host of one's own <c>/projects/KEY/repos/name/pull-requests/7</c>.</summary>
    Bitbucket,

    /// <summary><c>/owner/name/pulls/7</c>, as Forgejo has it too.</summary>
    Gitea,
}

/// <summary>The sites whose addresses are known (protocol rule 10): github.com, gitlab.com, bitbucket.org, codeberg.org, and the operator's.
/// </summary>
/// <param name="further">The operator's hosts, in lower case, each with its port where that is not 443.</param>
public sealed class Forges(IReadOnlyDictionary<string, ForgeKind> further)
{
    private static readonly FrozenDictionary<string, ForgeKind> Public = new Dictionary<string, ForgeKind>
    {
        ["github.com"] = ForgeKind.GitHub,
        ["gitlab.com"] = ForgeKind.GitLab,
        ["bitbucket.org"] = ForgeKind.Bitbucket,
        ["codeberg.org"] = ForgeKind.Gitea,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly FrozenDictionary<string, ForgeKind> _kinds =
        further.Concat(Public).DistinctBy(static site => site.Key, StringComparer.OrdinalIgnoreCase).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that everybody knows.</summary>
    public static Forges Known { get; } = new(FrozenDictionary<string, ForgeKind>.Empty);

    /// <summary>Reads a setting, <c>git.acme.com</c>, <c>git.acme.com=gitlab</c> or <c>git.acme.com:3000=gitea</c>, separated by commas;
    /// without a kind it is <c>github</c>.</summary>
    /// <returns>Null where a host, a port or a kind is none.</returns>
    public static IReadOnlyDictionary<string, ForgeKind>? TryParse(string setting)
    {
        var kinds = new Dictionary<string, ForgeKind>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in setting.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (site, word) = entry.Split('=', 2) is [var name, var given] ? (name, given) : (entry, nameof(ForgeKind.GitHub));
            if (!char.IsAsciiLetter(word.FirstOrDefault()) || !Enum.TryParse<ForgeKind>(word, ignoreCase: true, out var kind)) return null;
            if (AuthorityOf(site) is not { } authority) return null;
            kinds[authority] = kind;
        }
        return kinds;
    }

    /// <summary>Whether the form of this host's addresses is known, or the host belongs to a public site (<c>gist.github.com</c>) and thus
    /// has no pull requests of its own.</summary>
    /// <param name="authority">Host, with its port where that is not 443.</param>
    public bool IsKnown(string authority) =>
        _kinds.ContainsKey(Plain(authority)) || Public.Keys.Any(site => Plain(authority).EndsWith("." + site, StringComparison.OrdinalIgnoreCase));

    /// <summary>The pull request that an https address of a known site names; null if it is another page, or of another site.</summary>
    public ForgePull? Read(string address)
    {
        if (PullRequestPages.Parse(address) is not { } url) return null;
        var host = Plain(url.Authority);
        return _kinds.TryGetValue(host, out var kind) && Uri.TryCreate($"https://{host}{url.AbsolutePath}", UriKind.Absolute, out var plain)
            ? PullRequestPages.Read(plain, kind)
            : null;
    }

    /// <summary>How a pull request's address looks on a known host.</summary>
    public string Example(string authority) =>
        _kinds.TryGetValue(Plain(authority), out var kind)
            ? PullRequestPages.Example(Plain(authority).ToLowerInvariant(), kind)
            : PullRequestPages.Example("github.com", ForgeKind.GitHub);

    /// <summary>The same site by its other names: with the root's dot at its end, or with <c>www.</c> before it.</summary>
    private string Plain(string authority)
    {
        var host = authority.TrimEnd('.');
        return host.StartsWith("www.", StringComparison.OrdinalIgnoreCase) && _kinds.ContainsKey(host[4..]) ? host[4..] : host;
    }

    private static string? AuthorityOf(string site)
    {
        var (host, port) = site.Split(':', 2) is [var name, var digits] ? (name, digits) : (site, "443");
        if (Uri.CheckHostName(host) is not UriHostNameType.Dns) return null;
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) return null;
        return number == 443 ? host.ToLowerInvariant() : string.Create(CultureInfo.InvariantCulture, $"{host.ToLowerInvariant()}:{number}");
    }
}
