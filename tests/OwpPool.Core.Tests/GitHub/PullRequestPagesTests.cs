using OwpPool.Core.GitHub;

namespace OwpPool.Core.Tests.GitHub;

public sealed class PullRequestPagesTests
{
    private static readonly Forges Sites = new(Forges.TryParse("git.acme.example:3000=gitea, stash.acme.example=bitbucket,GHE.acme.example:443")!);

    [Theory]
    [InlineData("https://gitlab.com/g/sub/p/-/merge_requests/42/diffs", "https://gitlab.com/g/sub/p/-/merge_requests/42")]
    [InlineData("https://gitlab.com/g/sub/p/-/merge_requests/42/diffs.diff?diff_id=1", "https://gitlab.com/g/sub/p/-/merge_requests/42")]
    [InlineData("https://gitlab.com/g/sub/p/-/merge_requests/42#note_1", "https://gitlab.com/g/sub/p/-/merge_requests/42")]
    [InlineData("https://gitlab.com/g/sub/p/merge_requests/42", "https://gitlab.com/g/sub/p/-/merge_requests/42")]
    [InlineData("https://gitlab.com/g/sub/p/-/merge_requests/42/", "https://gitlab.com/g/sub/p/-/merge_requests/42")]
    [InlineData("https://gitlab.com/g/p/-/merge_requests/42.patch", "https://gitlab.com/g/p/-/merge_requests/42")]
    [InlineData("https://codeberg.org/a/b/pulls/7/files", "https://codeberg.org/a/b/pulls/7")]
    [InlineData("https://codeberg.org/a/b/pulls/7/commits/abc", "https://codeberg.org/a/b/pulls/7")]
    [InlineData("https://bitbucket.org/a/b/pull-requests/3/diff", "https://bitbucket.org/a/b/pull-requests/3")]
    [InlineData("https://bitbucket.org/a/b/pull-requests/3/a-branch%20title", "https://bitbucket.org/a/b/pull-requests/3")]
    [InlineData("https://github.com/acme/shop/pull/7.diff", "https://github.com/acme/shop/pull/7")]
    [InlineData("https://github.com/acme/shop/pull/7.patch", "https://github.com/acme/shop/pull/7")]
    [InlineData("https://github.com/acme/shop/pull/07", "https://github.com/acme/shop/pull/7")]
    [InlineData("https://github.com/acme/./shop/pull/%37", "https://github.com/acme/shop/pull/7")]
    [InlineData("https://github.com:443/acme/shop/pull/7", "https://github.com/acme/shop/pull/7")]
    [InlineData("https://www.github.com/acme/shop/pull/7", "https://github.com/acme/shop/pull/7")]
    [InlineData("https://github.com./acme/shop/pull/7", "https://github.com/acme/shop/pull/7")]
    [InlineData("https://ghe.acme.example/a/b/pull/1", "https://ghe.acme.example/a/b/pull/1")]
    [InlineData("https://git.acme.example:3000/a/b/pulls/1/files", "https://git.acme.example:3000/a/b/pulls/1")]
    [InlineData("https://stash.acme.example/projects/SHOP/repos/web/pull-requests/3/overview",
        "https://stash.acme.example/projects/SHOP/repos/web/pull-requests/3")]
    [InlineData("https://github.com//acme/shop/pull/7", null)]
    [InlineData("https://user@github.com/acme/shop/pull/7", null)]
    [InlineData("https://github.com/acme/shop/pull/new/owp/t_1", null)]
    [InlineData("https://github.com/acme/shop/compare/main...x", null)]
    [InlineData("https://github.com/acme/shop/issues/7", null)]
    [InlineData("https://github.com/acme/shop/tree/x", null)]
    [InlineData("https://github.com/acme/shop", null)]
    [InlineData("https://github.com/acme/shop/pulls/5", null)]
    [InlineData("https://github.com/acme/shop/pull/", null)]
    [InlineData("https://github.com/acme/shop/pull/0", null)]
    [InlineData("https://gist.github.com/x/y", null)]
    [InlineData("https://gitlab.com/g/p/-/merge_requests/new", null)]
    [InlineData("https://git.acme.example/a/b/pulls/1", null)]
    public void Read_AnySpellingOfAPullRequest_IsThatOneAndNoOtherPageIs(string address, string? expected) =>
        Assert.Equal(expected, Sites.Read(address)?.Address);

    [Theory]
    [InlineData("gist.github.com", true)]
    [InlineData("api.github.com", true)]
    [InlineData("www.gitlab.com", true)]
    [InlineData("git.acme.example:3000", true)]
    [InlineData("git.acme.example", false)]
    [InlineData("pages.stash.acme.example", false)]
    [InlineData("notgithub.com", false)]
    public void IsKnown_HostsOfAPublicSite_AreThatSite(string authority, bool isKnown) => Assert.Equal(isKnown, Sites.IsKnown(authority));

    [Theory]
    [InlineData("acme/shop", true)]
    [InlineData("Acme/Shop", true)]
    [InlineData("git.acme.example/acme/shop", true)]
    [InlineData("github.com/acme/shop", false)]
    public void IsOf_RepoOfAHostWithAPort_IsNamedWithoutIt(string repo, bool isOf) =>
        Assert.Equal(isOf, Sites.Read("https://git.acme.example:3000/acme/shop/pulls/7")!.IsOf(repo));

    [Theory]
    [InlineData("https://git.elsewhere.example/a/b/pulls/7/files", "https://git.elsewhere.example/a/b/pulls/7")]
    [InlineData("https://git.elsewhere.example:8443/A/b/-/merge_requests/7/diffs", "https://git.elsewhere.example:8443/a/b/-/merge_requests/7")]
    [InlineData("https://review.example/c/web/+/7/", "https://review.example/c/web/+/7")]
    public void KeyOf_HostOfNoKnownKind_IsReadByItsForm(string address, string key) => Assert.Equal(key, PullRequestUrl.KeyOf(address));

    [Theory]
    [InlineData("git.acme.com:0")]
    [InlineData("git.acme.com:65536")]
    [InlineData("git.acme.com:")]
    [InlineData("git.acme.com:x=gitea")]
    [InlineData("https://git.acme.com")]
    [InlineData("git.acme.com=1")]
    public void TryParse_SettingThatNamesNoHost_IsRefused(string setting) => Assert.Null(Forges.TryParse(setting));
}
