using FsCheck.Fluent;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tests.Shared;

public sealed class NamesTests
{
    [Theory]
    [InlineData("src", "src")]
    [InlineData("./src/", "src")]
    [InlineData("SRC\\", "src")]
    [InlineData(" Src/API ", "src/api")]
    [InlineData(".\\Src\\Api\\", "src/api")]
    [InlineData("././src//", "src")]
    [InlineData("./ ./src", "src")]
    [InlineData("src/ /", "src")]
    [InlineData("src/./api", "src/./api")]
    [InlineData("a//b", "a//b")]
    [InlineData(".github", ".github")]
    [InlineData("../src", "../src")]
    [InlineData("front end", "front end")]
    [InlineData("/src", "/src")]
    [InlineData("\tsrc\n", "src")]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("  ", null)]
    [InlineData("/", null)]
    [InlineData("\\", null)]
    [InlineData(".", null)]
    [InlineData("./", null)]
    [InlineData(" ./ / ", null)]
    [InlineData("src/Mu\u0308ller", "src/m\u00FCller")]
    [InlineData("src/M\u00DCLLER", "src/m\u00FCller")]
    [InlineData("J\u030C", "\u01F0")]
    public void CanonicalArea_AsWritten_IsTheComparedForm(string? area, string? expected) =>
        Assert.Equal(expected, Names.CanonicalArea(area));

    [Fact]
    public void CanonicalArea_AnyText_IsFinalAndHasTheFormOfRule5() => Law.Holds(AreaText, text =>
    {
        if (Names.CanonicalArea(text) is not { } area) return;
        Assert.Equal(area, Names.CanonicalArea(area));
        Assert.NotEmpty(area);
        Assert.Equal(area.Trim(), area);
        Assert.Equal(area.ToLowerInvariant(), area);
        Assert.False(area.StartsWith("./", StringComparison.Ordinal) || area.EndsWith('/') || area.Contains('\\', StringComparison.Ordinal), area);
    }, runs: 2_000);

    [Fact]
    public void CanonicalArea_WrittenInOtherWays_IsTheSame() => Law.Holds(AreaText, text =>
    {
        var area = Names.CanonicalArea(text);
        Assert.Equal(area, Names.CanonicalArea($" ./{text}/ "));
        Assert.Equal(area, Names.CanonicalArea(text.ToUpperInvariant()));
        Assert.Equal(area, Names.CanonicalArea(text.Replace('/', '\\')));
    }, runs: 1_000);

    [Theory]
    [InlineData("name")]
    [InlineData("owner/name")]
    [InlineData("Owner-1/na_me.js")]
    [InlineData(".github")]
    [InlineData("a/.github")]
    [InlineData("_")]
    [InlineData("-/-")]
    public void IsRepoKey_WellFormed_IsTrue(string key) => Assert.True(Names.IsRepoKey(key));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a/b/c")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("../a")]
    [InlineData("./a")]
    [InlineData("a\\b")]
    [InlineData("a:b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("a%2fb")]
    public void IsRepoKey_Malformed_IsFalse(string? key) => Assert.False(Names.IsRepoKey(key));

    [Theory]
    [InlineData(1, true)]
    [InlineData(Names.MaxRepoKeyLength, true)]
    [InlineData(Names.MaxRepoKeyLength + 1, false)]
    public void IsRepoKey_Length_IsBounded(int length, bool valid) => Assert.Equal(valid, Names.IsRepoKey(new string('a', length)));

    [Fact]
    public void MaxRepoKeyLength_IsTheProtocols() => Assert.Equal(200, Names.MaxRepoKeyLength);

    [Fact]
    public void CanonicalRepo_Case_DoesNotMatter() =>
        Assert.Equal(Names.CanonicalRepo("acme/site"), Names.CanonicalRepo("ACME/Site"));

    [Theory]
    [InlineData(" C# ", "c#")]
    [InlineData("TypeScript", "typescript")]
    [InlineData("\tgo", "go")]
    [InlineData("  ", "")]
    [InlineData("Gro\u0308\u00DFe", "gr\u00F6\u00DFe")]
    public void CanonicalSkill_AsWritten_IsTheComparedForm(string skill, string expected) =>
        Assert.Equal(expected, Names.CanonicalSkill(skill));

    [Fact]
    public void DistinctSkills_BlanksAndRepeats_GoAndTheFirstSpellingStays() =>
        Assert.Equal(["C#", "go", "Rust"], Names.DistinctSkills([" C#", "go", "", "c# ", " ", "GO", "Rust", "rust"]));

    private static FsCheck.Gen<string> AreaText { get; } =
        Gen.Elements("./", ".", "/", "\\", " ", "\t", "src", "Api", "a", "..").ArrayOf().Select(string.Concat);
}
