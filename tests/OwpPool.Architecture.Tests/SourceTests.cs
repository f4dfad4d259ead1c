using System.Text.RegularExpressions;
using OwpPool.Architecture.Tests.Support;

namespace OwpPool.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    [Fact]
    public void Sources_ConditionalCompilation_IsNowhere() =>
        Assert.DoesNotContain(Repository.Files("src", "*.cs"), path => ConditionalDirective().IsMatch(Repository.Read(path)));

    [Fact]
    public void Sources_Files_FitTheEye()
    {
        var tooLong = Repository.Files("src", "*.cs").Concat(Repository.Files("sql", "*.sql"))
            .Select(path => (Path: path, Lines: Repository.Read(path).AsSpan().Count('\n'))).Where(file => file.Lines > MaxLines);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void TrackedFiles_Content_NamesNoFolderOfAMachineAndNoPackageFeed()
    {
        var offending = Repository.Tracked()
            .Where(file => file.Content is { } content && (MachinePath().IsMatch(content) || PackageFeed().IsMatch(content)));
        Assert.Empty(offending.Select(file => file.Path));
    }

    [Theory]
    [InlineData("see /ho", "me/ada/pool", true)]
    [InlineData("in \"/wo", "rk/main\"", true)]
    [InlineData("GET /v1/wo", "rk/offers", false)]
    [InlineData("./wo", "rk/x", false)]
    public void MachinePath_Text_IsToldFromRoutes(string start, string end, bool isPath) =>
        Assert.Equal(isPath, MachinePath().IsMatch(start + end));

    [Theory]
    [InlineData("run")]
    [InlineData("test")]
    [InlineData(".ci/run")]
    public void Scripts_InGit_AreExecutable(string path) =>
        Assert.Contains(new TrackedFile(path, IsExecutable: true), Repository.Tracked());

    [Fact]
    public void TrackedFiles_BuildOutputAndDatabases_AreNone()
    {
        var offending = Repository.Tracked().Select(file => file.Path)
            .Where(path => path.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "TestResults")
                || path.EndsWith(".db", StringComparison.Ordinal));
        Assert.Empty(offending);
    }

    [GeneratedRegex(@"^\s*#\s*(if|elif)\b", RegexOptions.Multiline)]
    private static partial Regex ConditionalDirective();

    /// <summary>Homes and work folders, but not the routes of the API that look like them.</summary>
    [GeneratedRegex(@"(?<![\w.}/$-])/(home|root|work|Users)/\w")]
    private static partial Regex MachinePath();

    /// <summary>A feed's address, or the host of a registry.</summary>
    [GeneratedRegex(@"/v3/index[.]json|\b(api[.]nuget[.]org|registry[.]npmjs[.]org|pkgs[.]dev[.]azure[.]com|nuget[.]pkg[.]github[.]com)\b")]
    private static partial Regex PackageFeed();
}
