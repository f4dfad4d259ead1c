using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OwpPool.Core.GitHub;

/// <summary>A pull request of GitHub by its address, for example <c>https://github.com/acme/shop/pull/7</c>.</summary>
/// <param name="Host">Lower case, with its port where that is not 443.</param>
/// <param name="Repo"><c>owner/name</c>, as written.</param>
/// <param name="Number">1 or more.</param>
public sealed record PullRequestUrl(string Host, string Repo, int Number)
{
    /// <summary>The canonical address: no page of the pull request, no query, owner and name as written.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"https://{Host}/{Repo}/pull/{Number}");

    /// <summary>Reads an address; its pages (<c>/files</c>, <c>/commits/…</c>) are the pull request too.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PullRequestUrl? url)
    {
        url = text is not null && PullRequestPages.Read(text, ForgeKind.GitHub) is { Number: <= int.MaxValue } pull
            ? new PullRequestUrl(pull.Host, pull.Repo, (int)pull.Number)
            : null;
        return url is not null;
    }

    /// <summary>The form in which addresses of pull requests are compared, whatever the host: forges tell owners and names apart without
    /// regard to case.</summary>
    public static string KeyOf(string address) => (PullRequestPages.ReadAny(address)?.Address ?? address.TrimEnd('/')).ToLowerInvariant();
}
