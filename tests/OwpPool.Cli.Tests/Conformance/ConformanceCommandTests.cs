using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OwpPool.Cli.Conformance.Checks;
using OwpPool.Cli.Conformance.Wire;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Conformance;

public sealed partial class ConformanceCommandTests : IDisposable
{
    private readonly OwpShell _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Catalogue_EachCheck_HasAnIdOfItsOwnAndSaysWhatItRequires()
    {
        Assert.True(Catalogue.All.Count >= 150, $"{Catalogue.All.Count} checks");
        Assert.Equal(Catalogue.All.Count, Catalogue.All.Select(check => check.Id).Distinct().Count());
        Assert.All(Catalogue.All, check => Assert.Matches(IdForm(), check.Id));
        Assert.All(Catalogue.All, check => Assert.EndsWith(".", check.Requirement, StringComparison.Ordinal));
        Assert.All(Enumerable.Range(1, 12), rule => Assert.Contains(Catalogue.All, check => check.Id == $"R{rule}.1"));
    }

    [Fact]
    public async Task List_ForPrograms_HasALineForEachCheckAndAsksNobody()
    {
        var result = await _shell.RunAsync("conformance --list --server http://127.0.0.1:1");

        Assert.Equal((ExitCodes.Done, ""), (result.ExitCode, result.Error));
        Assert.Equal(Catalogue.All.Select(check => check.Id), result.Output.TrimEnd().Split('\n').Select(line => line.Split('\t')[0]));
    }

    [Theory]
    [InlineData("core", null)]
    [InlineData("pool", "R4.")]
    [InlineData("core", "r4.")]
    public async Task List_LevelAndOnly_ChooseAmongThem(string level, string? only)
    {
        var result = await _shell.RunAsync($"conformance --list --json id,level --level {level} {(only is null ? "" : $"--only {only}")}");

        var listed = JsonNode.Parse(result.Output)!.AsArray();
        Assert.InRange(listed.Count, 1, Catalogue.All.Count - 1);
        Assert.All(listed, check => Assert.True(level == "pool" || (string?)check!["level"] == "core"));
        Assert.All(listed, check => Assert.StartsWith(only is null ? "" : "R4.", (string)check!["id"]!, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--only nothing-has-this", "'nothing-has-this'")]
    [InlineData("--level half", "half")]
    [InlineData("--timeout 0", "--timeout")]
    [InlineData("--wait 601", "--wait")]
    [InlineData("--json no_such_field", "no_such_field")]
    [InlineData("--junit /no/such/folder/results.xml", "--junit '/no/such/folder/results.xml'")]
    public async Task Conformance_CommandLineWrong_IsAnErrorThatNamesIt(string options, string named)
    {
        _shell.Variables["OWP_ADMIN_TOKEN"] = "some-token";

        var result = await _shell.RunAsync($"conformance --server http://127.0.0.1:1 {options}");

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conformance_NoAdminToken_NamesTheVariable()
    {
        var result = await _shell.RunAsync("conformance --server http://127.0.0.1:1");

        Assert.Equal(ExitCodes.NeedsAuth, result.ExitCode);
        Assert.Contains("OWP_ADMIN_TOKEN", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conformance_ForPeople_SaysWhatWasSentExpectedAndGot()
    {
        var result = await ConformanceServer.RunAsync(new Uri("http://127.0.0.1:1"), "--only", "server.");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains("FAILED server.answers", result.Output, StringComparison.Ordinal);
        Assert.All(["  sent      POST /v1/claims", "  expected  an answer", "  got       ", "0 % of pool: 0 passed, 1 failed, 0 skipped"],
            line => Assert.Contains(line, result.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a known-secret b", "a *** b")]
    [InlineData("Bearer owpw_1a2b3c.AbC-123_x, and", "Bearer ***, and")]
    [InlineData("""{"token" : "of-another-server"}""", """{"token" : "***"}""")]
    [InlineData("""{"invite":"of-another-server"}""", """{"invite":"***"}""")]
    [InlineData("X-Admin-Token: owpa_1a2b3c-d4; owpi_AbC-123_x", "X-Admin-Token: ***; ***")]
    [InlineData("""{"fencing_token":7}""", """{"fencing_token":7}""")]
    public void Hide_TextWithTokens_ShowsNone(string text, string shown)
    {
        var secrets = new Secrets();
        secrets.Add("known-secret");

        Assert.Equal(shown, secrets.Hide(text));
    }

    [Theory]
    [InlineData("2026-01-18T05:00:00.000Z", true)]
    [InlineData("2026-01-18T05:00:00Z", true)]
    [InlineData("2026-01-18T05:00:00+00:00", false)]
    [InlineData("2026-01-18 05:00:00Z", false)]
    [InlineData("2026-01-18", false)]
    [InlineData("1768712400", false)]
    public void TryInstant_Text_IsAnInstantOnlyAsTheProtocolWritesIt(string text, bool expected) =>
        Assert.Equal(expected, WireAnswer.TryInstant(text, out _));

    [Fact]
    public void Shorten_TextOfAServer_CannotSteerTheTerminal() =>
        Assert.Equal("a b\uFFFD[31mc\uFFFD…", Call.Shorten("a\nb\u001b[31mc\u0007 and more", 10));

    [GeneratedRegex("^(?:R[0-9]+\\.[0-9]+|[a-z]+\\.[a-z0-9-]+)$")]
    private static partial Regex IdForm();
}
