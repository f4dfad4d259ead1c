using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OwpPool.Core.GitHub;

/// <summary>A pull request by its address, for example <c>https://github.com/acme/shop/pull/7</c>.</summary>
/// <param name="Host">Lower case.</param>
/// <param name="Repo"><c>owner/name</c>, as written.</param>
/// <param name="Number">1 or more.</param>
public sealed record PullRequestUrl(string Host, string Repo, int Number)
{
    private const string Scheme = "https://";

    /// <summary>The canonical address: no page of the pull request, no query, owner and name as written.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Scheme}{Host}/{Repo}/pull/{Number}");

    /// <summary>Reads an address; its pages (<c>/files</c>, <c>/commits/…</c>) are the pull request too.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PullRequestUrl? url)
    {
        url = null;
        if (text is null || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        var path = text[Scheme.Length..].Split(['?', '#'], 2)[0];
        if (path.Split('/') is not [{ Length: > 0 } host, { Length: > 0 } owner, { Length: > 0 } name, "pull", var number, ..])
            return false;
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value == 0) return false;
        url = new PullRequestUrl(host.ToLowerInvariant(), $"{owner}/{name}", value);
        return true;
    }

    /// <summary>The form in which addresses of pull requests are compared, whatever the host: GitHub and GitLab tell owners and names
    /// apart without regard to case.</summary>
    public static string KeyOf(string address) =>
        (TryParse(address, out var url) ? url.Address : address.TrimEnd('/')).ToLowerInvariant();
}
