using OwpPool.Cli.Run;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Which of the addresses that a command printed is its own pull request.</summary>
public sealed class PrintedPullRequestsTests
{
    private const string Own = "https://github.com/acme/shop/pull/12";

    [Theory]
    [InlineData("see https://github.com/acme/shop/pull/12.", Own)]
    [InlineData("https://github.com/acme/shop/pull/12/files#diff", Own)]
    [InlineData("https://gitlab.com/g/sub/p/-/merge_requests/3", "https://gitlab.com/g/sub/p/-/merge_requests/3")]
    [InlineData("(https://git.example.com/a/b/pulls/9)", "https://git.example.com/a/b/pulls/9")]
    [InlineData("\u001b[1mhttps://github.com/acme/shop/pull/12\u001b[0m", Own)]
    [InlineData("https://github.com/acme/shop/pull/new/owp/t_1", null)]
    [InlineData("https://github.com/acme/shop/compare/main...owp/t_1", null)]
    [InlineData("https://github.com/acme/shop/pull/12abc", null)]
    [InlineData("http://github.com/acme/shop/pull/1", null)]
    [InlineData("https://github.com/acme/shop/issues/1", null)]
    [InlineData("https://a..b/x/pull/1", null)]
    [InlineData("https://github.com/acme/shop/pull/12 https://./x/pull/2 https://a..b/x/pull/1", Own)]
    public void Choose_OneAddress_IsThePullRequestOrNothing(string line, string? expected) =>
        Assert.Equal((expected, null), Chosen("acme/shop", line));

    [Theory]
    [InlineData("fixes what https://github.com/acme/site/pull/3 broke", "https://github.com/Acme/Shop/pull/12")]
    [InlineData("opened https://github.com/acme/shop/pull/12", "https://github.com/acme/site/pull/3")]
    public void Choose_OthersAndOneOfTheRepo_IsThatOfTheRepo(params string[] lines) =>
        Assert.Equal(12, Number(Chosen("acme/shop", lines).Address));

    [Theory]
    [InlineData("https://github.com/acme/shop/pull/12", "https://github.com/acme/shop/pull/12/files", "HTTPS is not https://github.com/Acme/shop/pull/12")]
    [InlineData("see https://github.com/acme/shop/pull/3", "https://github.com/acme/shop/pull/12", "based on https://github.com/acme/shop/pull/3")]
    [InlineData("remote:   https://github.com/acme/shop/pull/12   ", "remote: like https://github.com/acme/shop/pull/3")]
    [InlineData("https://github.com/acme/shop/pull/3", "pull request for owp/t_1 is https://github.com/acme/shop/pull/12", "https://github.com/acme/shop/pull/4")]
    public void Choose_SeveralOfTheRepo_IsTheOneThatTheOutputTellsApart(params string[] lines) =>
        Assert.Equal(12, Number(Chosen("acme/shop", lines).Address));

    [Theory]
    [InlineData("acme/shop", "opened https://github.com/acme/shop/pull/12", "opened https://github.com/acme/shop/pull/13")]
    [InlineData("acme/shop", "https://github.com/acme/shop/pull/12", "https://github.com/acme/shop/pull/13")]
    [InlineData("acme/shop", "https://github.com/acme/shop/pull/12 https://evil.example/acme/shop/pull/12")]
    [InlineData("acme/shop", "see https://github.com/acme/site/pull/12 and https://github.com/acme/docs/pull/1")]
    [InlineData("shop", "opened https://github.com/acme/shop/pull/12", "see https://github.com/acme/site/pull/12")]
    public void Choose_NothingTellsThemApart_SaysSoAndTakesNone(string repo, params string[] lines)
    {
        var (address, problem) = Chosen(repo, lines);

        Assert.Null(address);
        Assert.StartsWith("The output names 2 pull requests (https://", problem, StringComparison.Ordinal);
        Assert.EndsWith("The command must write its address into OWP_PR_FILE.", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_Hundreds_NamesAFew()
    {
        var printed = new PrintedPullRequests("acme/shop", "owp/t_1");
        for (var number = 1; number <= 300; number++) printed.Take($"merged https://github.com/acme/shop/pull/{number}");

        var link = printed.Choose();

        Assert.True(link.IsAmbiguous);
        Assert.StartsWith("The output names 300 pull requests (", link.Problem, StringComparison.Ordinal);
        Assert.Contains("/pull/5, …)", link.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://github.com/acme/shop/pull/12\n", Own, null)]
    [InlineData("\n  https://github.com/acme/shop/pull/12\r\nopened it\n", Own, null)]
    [InlineData("https://github.com/acme/shop/pull/12\nhttps://github.com/acme/shop/pull/12", Own, null)]
    [InlineData("https://github.com/acme/shop/pull/12\nhttps://github.com/acme/shop/pull/13", null, "OWP_PR_FILE holds 2 addresses")]
    [InlineData("here: https://github.com/acme/shop/pull/12", null, "OWP_PR_FILE holds 'here: https")]
    public void Of_File_IsOneAddressAlone(string content, string? address, string? problem)
    {
        var link = PullRequestLink.Of(content)!;

        Assert.Equal(address, link.Address?.AbsoluteUri);
        if (problem is null) Assert.Null(link.Problem);
        else Assert.StartsWith(problem, link.Problem, StringComparison.Ordinal);
    }

    private static int Number(string? address) => int.Parse(address!.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture);

    private static (string? Address, string? Problem) Chosen(string repo, params string[] lines)
    {
        var printed = new PrintedPullRequests(repo, "owp/t_1");
        foreach (var line in lines) printed.Take(line);
        var link = printed.Choose();
        return (link.Address?.AbsoluteUri, link.Problem);
    }
}
