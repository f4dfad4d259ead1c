using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OwpPool.Cli.Output;
using OwpPool.Cli.Tests.Conformance;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Output;

/// <summary>What a pool says cannot steer the terminal of who asks it, whichever command and whichever answer.</summary>
public sealed partial class HostilePoolTests : IAsyncDisposable
{
    private const string Refusal = """
        {"code":"con\u001b]0;x\u0007flict","reason":"r\u202e","message":"no\u001b[2J\u202e\nWarning: all is well",
         "suggestion":"try\u009b2J\u2066","details":{"errors":{"ti\u001btle":["ba\u202ed\r\nOK"]}}}
        """;

    private readonly OwpShell _owp = new();
    private readonly DefectiveServer _pool;
    private Func<ProxiedRequest, ProxiedAnswer> _answer = _ => ProxiedAnswer.Json(409, Refusal);

    public HostilePoolTests()
    {
        _pool = DefectiveServer.Start(null, new Defect { Before = request => _answer(request) });
        _owp.Variables["OWP_URL"] = _pool.Address.AbsoluteUri;
        _owp.Variables["OWP_ADMIN_TOKEN"] = "the-admin-token-of-this-pool";
        _owp.Variables["OWP_TOKEN"] = "owpw_a";
    }

    public async ValueTask DisposeAsync()
    {
        _owp.Dispose();
        await _pool.DisposeAsync();
    }

    [Theory]
    [InlineData("status")]
    [InlineData("status --json")]
    [InlineData("status --debug")]
    [InlineData("doctor")]
    [InlineData("doctor --json")]
    [InlineData("repo list")]
    [InlineData("task view t_1")]
    [InlineData("task create --repo a --title b")]
    [InlineData("audit verify")]
    [InlineData("audit export")]
    [InlineData("events")]
    [InlineData("worker register --name ada")]
    [InlineData("worker status")]
    [InlineData("worker explain")]
    [InlineData("worker rotate-token")]
    [InlineData("worker pause")]
    [InlineData("worker release t_1")]
    [InlineData("worker run --once")]
    [InlineData("worker run --once --exec true")]
    public async Task Refusal_WithControls_IsShownWithoutThemAndOnOneLineEach(string line)
    {
        foreach (var isTerminal in (bool[])[false, true])
        {
            _owp.IsTerminal = isTerminal;
            var result = await _owp.RunAsync(line);

            Assert.NotEqual("", result.Error + result.Output);
            AssertHarmless(result.Error);
            AssertHarmless(result.Output);
            Assert.DoesNotContain(result.Error.Split('\n'), said => said.StartsWith("Warning: all is well", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Refusal_OfFields_NamesThemHarmlessly()
    {
        _answer = _ => ProxiedAnswer.Json(400, Refusal.Replace("con\\u001b]0;x\\u0007flict", "validation_error", StringComparison.Ordinal));

        var result = await _owp.RunAsync("status");

        Assert.Contains("  ti·tle: ba·d··OK", result.Error, StringComparison.Ordinal);
        AssertHarmless(result.Error);
    }

    [Theory]
    [InlineData("status", """{"code":"x","message":"\ud800"}""", "without a problem document")]
    [InlineData("status", """{"code":"x","message":"m","details":{"a":1,"a":2,"errors":{"f":["one"],"f":["two"]}}}""", "f: one")]
    [InlineData("events", """{"events":[{"id":"e_\u001bx","timestamp":"2026-01-01T00:00:00Z","event_type":"t","actor":"a","target":"b"}]}""",
        "'e_·x' is not the id of an event")]
    public async Task Answer_ThatIsOdd_IsToldAsSuchAndNoCrash(string line, string body, string said)
    {
        _answer = _ => ProxiedAnswer.Json(line == "events" ? 200 : 409, body);

        var result = await _owp.RunAsync(line);

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        AssertHarmless(result.Error);
    }

    [Fact]
    public async Task Json_BidirectionalControls_AreEscapedAndMeanTheSame()
    {
        _answer = _ => ProxiedAnswer.Json(200, """
            {"repositories":[{"repo":"a\u202eb \u200f \u2066 ü \u001b","max_open_prs":1,"current_open_prs":0,"reserved":0}]}
            """);
        foreach (var isTerminal in (bool[])[false, true])
        {
            _owp.IsTerminal = isTerminal;
            var result = await _owp.RunAsync("status --json");

            Assert.Equal(ExitCodes.Done, result.ExitCode);
            AssertHarmless(result.Output);
            Assert.Contains("\"a\\u202Eb \\u200F \\u2066 ü \\u001B\"", result.Output, StringComparison.Ordinal);
            Assert.Equal("a\u202eb \u200f \u2066 ü \u001b", (string?)JsonNode.Parse(result.Output)!["repositories"]![0]!["repo"]);
        }
    }

    [Fact]
    public async Task Export_ToATerminal_IsHarmlessAndToAProgramAsItIs()
    {
        _answer = _ => new ProxiedAnswer(200, new() { ["Content-Type"] = "text/csv" }, "id,actor\ne_1,\u001b[2Jada\u202e\n"u8.ToArray());

        Assert.Equal("id,actor\ne_1,\u001b[2Jada\u202e\n", (await _owp.RunAsync("audit export")).Output);
        _owp.IsTerminal = true;
        AssertHarmless((await _owp.RunAsync("audit export")).Output);
    }

    /// <summary>Colours of the tables' own may be there, and tabs between their columns.</summary>
    private static void AssertHarmless(string said) => Assert.DoesNotContain(Colour().Replace(said, "").Split('\n'),
        line => line.Any(character => character != '\t' && Printable.IsUnsafe(character)));

    [GeneratedRegex(@"\e\[(0|3[0-9]|9[0-7])m")]
    private static partial Regex Colour();
}
