using System.Text;
using System.Text.Json;
using OwpPool.Core.GitHub;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Tasks;

namespace OwpPool.Server.Tests.Tasks;

public sealed class ArtifactRulesTests
{
    private static readonly ArtifactRules Rules = new(new Forges(Forges.TryParse("git.acme.com=gitea,code.acme.com=gitlab")!));

    [Theory]
    [InlineData("https://github.com/acme/web/pull/7", "https://github.com/acme/web/pull/7")]
    [InlineData("HTTPS://GitHub.com/acme/web/pull/7/", "https://github.com/acme/web/pull/7")]
    [InlineData("https://github.com/acme/web/pull/7?tab=files#x", "https://github.com/acme/web/pull/7")]
    [InlineData("https://github.com:443/acme/web/pull/7", "https://github.com/acme/web/pull/7")]
    [InlineData("https://gitlab.com/acme/web/-/merge_requests/7", "https://gitlab.com/acme/web/-/merge_requests/7")]
    [InlineData("https://gitlab.com/acme/deep/web/merge_requests/7/diffs", "https://gitlab.com/acme/deep/web/-/merge_requests/7")]
    [InlineData("https://github.com/acme/web/pull/7/files/abc", "https://github.com/acme/web/pull/7")]
    [InlineData("https://github.com/acme/web/pull/007", "https://github.com/acme/web/pull/7")]
    [InlineData("https://bitbucket.org/acme/web/pull-requests/7/diff", "https://bitbucket.org/acme/web/pull-requests/7")]
    [InlineData("https://codeberg.org/acme/web/pulls/7", "https://codeberg.org/acme/web/pulls/7")]
    [InlineData("https://GIT.acme.com/a/b/pulls/1", "https://git.acme.com/a/b/pulls/1")]
    [InlineData("https://code.acme.com/a/b/c/-/merge_requests/1", "https://code.acme.com/a/b/c/-/merge_requests/1")]
    [InlineData("https://review.example.org/c/web/+/7?x=y", "https://review.example.org/c/web/+/7")]
    public void PullRequest_Allowed_IsCanonical(string url, string expected) =>
        Assert.Equal(expected, Read(url, static fields => Rules.PullRequest(fields, "u")));

    [Theory]
    [InlineData("http://github.com/acme/web/pull/7")]
    [InlineData("javascript:alert(1)")]
    [InlineData("JaVaScRiPt:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//github.com/acme/web/pull/7")]
    [InlineData("github.com/acme/web/pull/7")]
    [InlineData("https://github.com@evil.com/acme/web/pull/7")]
    [InlineData("https://evil.com@github.com/acme/web/pull/7")]
    [InlineData("https://github.com/login/oauth/authorize")]
    [InlineData("https://github.com/acme/web/issues/1")]
    [InlineData("https://github.com//evil.com/acme/pull/7")]
    [InlineData("https://github.com/acme/web//pull/124")]
    [InlineData("https://github.com/acme/$(id)/pull/7")]
    [InlineData("https://github.com/acme/web/pull/124;x")]
    [InlineData("https://github.com/acme/web/pull/0")]
    [InlineData("https://github.com/acme/web/pull/new/branch")]
    [InlineData("https://gitlab.com/web/-/merge_requests/7")]
    [InlineData("https://git.acme.com/a/b/pull/1")]
    [InlineData("https://forge.internal/a/b/pull/1")]
    [InlineData("https://github.com:8443/acme/web/pull/7")]
    [InlineData("https://127.0.0.1/acme/web/pull/7")]
    [InlineData("https://[::1]/acme/web/pull/7")]
    [InlineData("https://0x7f.1/acme/web/pull/7")]
    [InlineData("https://localhost/acme/web/pull/7")]
    [InlineData("https://github.com")]
    [InlineData("https://github.com/")]
    [InlineData("https:\\\\github.com\\acme")]
    [InlineData("https://github.com\\@evil.com/acme")]
    [InlineData("https://github.com/acme/web pull")]
    [InlineData("https://github.com/acme\tweb")]
    [InlineData("https://github.com/acme\nweb")]
    [InlineData("https://gíthub.com/acme/web/pull/7")]
    [InlineData("https://github.com/<script>")]
    public void PullRequest_Other_IsRefused(string url) => Assert.Null(Read(url, static fields => Rules.PullRequest(fields, "u")));

    [Theory]
    [InlineData("https://patches.example.org/1.diff?x=y", true)]
    [InlineData("http://patches.example.org/1.diff", false)]
    [InlineData("https://169.254.169.254/latest", false)]
    [InlineData("https://user:pw@example.org/1.diff", false)]
    public void Patch_TakesHttpsOnNamedHosts(string url, bool taken) =>
        Assert.Equal(taken, Read(url, static fields => ArtifactRules.Patch(fields, "u")) is not null);

    [Theory]
    [InlineData("ABCDEF0", "abcdef0")]
    [InlineData("0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567")]
    [InlineData("abcdef", null)]
    [InlineData("abcdefg", null)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", null)]
    public void Commit_TakesHexadecimal(string text, string? expected) =>
        Assert.Equal(expected, Read(text, static fields => ArtifactRules.Commit(fields, "u")));

    [Fact]
    public void OfExternal_SameSource_IsTheSameIdWhateverTheCaseOfTheRepo()
    {
        var id = TaskIds.OfExternal("Acme/Web", "issue-7");
        Assert.Equal(id, TaskIds.OfExternal("acme/web", "issue-7"));
        Assert.True(Core.Shared.Ids.IsId(id, Core.Shared.Ids.Task));
        Assert.StartsWith("t_x", id, StringComparison.Ordinal);
        Assert.NotEqual(id, TaskIds.OfExternal("acme/web", "Issue-7"));
        Assert.NotEqual(id, TaskIds.OfExternal("acme/web2", "issue-7"));
    }

    private static string? Read(string text, Func<JsonFields, string?> read)
    {
        string? value = null;
        var body = JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"u":{{JsonSerializer.Serialize(text)}}}"""), fields =>
        {
            value = read(fields);
            return "";
        });
        Assert.Equal(value is null, body.Problem is not null);
        return value;
    }
}
