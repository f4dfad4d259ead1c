using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using OwpPool.Core.GitHub;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Tasks;

/// <summary>Which addresses and commits a worker may report (protocol rule 10). Nothing here is ever fetched.</summary>
public sealed class ArtifactRules(Forges forges)
{
    private const int MaxUrlLength = 2000;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>RFC 3986's characters without those that have no place in such an address: the strictest reading is the one that no two
    /// parsers differ on.</summary>
    private static readonly SearchValues<char> UrlCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    /// <summary>Names that lead into somebody's own network.</summary>
    private static readonly string[] PrivateEndings = [".local", ".localhost", ".internal", ".lan", ".home.arpa"];

    /// <summary>Reads the address of a pull request, in its canonical form. Whether it may be one of the task's repo, the repo says.</summary>
    public string? PullRequest(JsonFields body, string field)
    {
        if (body.Line(field, MaxUrlLength) is not { } text) return null;
        if (TryParse(text, out var url) && forges.IsKnown(url.Authority))
        {
            if (forges.Read(url.AbsoluteUri) is { } pull) return pull.Address;
            body.Reject(field, $"must be the page of a pull request on {url.Authority}, such as {forges.Example(url.Authority)}");
        }
        else if (url is { IsDefaultPort: false })
            body.Reject(field, $"must not name a port, unless the operator lists {url.Authority} in OwpPool__Artifacts__Hosts");
        else if (url is null || !IsPublic(url)) body.Reject(field, "must be an https address on a public host, without a user");
        else return OnOtherHost(body, field, url);
        return null;
    }

    /// <summary>Reads the address of a patch.</summary>
    public static string? Patch(JsonFields body, string field)
    {
        if (body.Line(field, MaxUrlLength) is not { } text) return null;
        if (TryParse(text, out var url) && IsNamed(url) && url.IsDefaultPort) return url.AbsoluteUri;
        body.Reject(field, "must be an https address on a named host, without a port or a user");
        return null;
    }

    /// <summary>Reads the name of a commit, in lower case.</summary>
    public static string? Commit(JsonFields body, string field)
    {
        if (body.Line(field, 64) is not { } text) return null;
        if (text.Length >= 7 && text.AsSpan().IndexOfAnyExcept(HexDigits) < 0) return text.ToLowerInvariant();
        body.Reject(field, "must be 7 to 64 hexadecimal digits");
        return null;
    }

    /// <summary>On a host whose kind is unknown, the form says which pages are one pull request.</summary>
    private static string? OnOtherHost(JsonFields body, string field, Uri url)
    {
        if (PullRequestPages.ReadAny(url.AbsoluteUri) is { } pull) return pull.Address;
        var path = url.AbsolutePath.TrimEnd('/');
        if (path.Length == 0) body.Reject(field, "must name a pull request");
        else if (path.Contains("//", StringComparison.Ordinal)) body.Reject(field, "must not have an empty part in its path");
        else return $"https://{url.Host}{path}";
        return null;
    }

    private static bool IsPublic(Uri url) =>
        IsNamed(url) && !Array.Exists(PrivateEndings, end => url.Host.TrimEnd('.').EndsWith(end, StringComparison.OrdinalIgnoreCase));

    private static bool IsNamed(Uri url) => url.Host.TrimEnd('.').Contains('.', StringComparison.Ordinal);

    private static bool TryParse(string text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        if (text.AsSpan().IndexOfAnyExcept(UrlCharacters) >= 0 || text.Contains('@', StringComparison.Ordinal)) return false;
        if (!text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || !Uri.TryCreate(text, UriKind.Absolute, out var parsed)) return false;
        if (parsed.Scheme != Uri.UriSchemeHttps || parsed.HostNameType is not UriHostNameType.Dns || parsed.UserInfo.Length > 0) return false;
        url = parsed;
        return true;
    }
}
