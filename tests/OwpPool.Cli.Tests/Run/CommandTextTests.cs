using System.Text;
using OwpPool.Cli.Run;

namespace OwpPool.Cli.Tests.Run;

/// <summary>What is read of a command's output, and kept out of it.</summary>
public sealed class CommandTextTests
{
    [Theory]
    [InlineData("see https://github.com/a/b/pull/12.", "https://github.com/a/b/pull/12")]
    [InlineData("https://github.com/a/b/pull/12/files#diff", "https://github.com/a/b/pull/12")]
    [InlineData("https://gitlab.com/g/sub/p/-/merge_requests/3", "https://gitlab.com/g/sub/p/-/merge_requests/3")]
    [InlineData("(https://git.example.com/a/b/pulls/9)", "https://git.example.com/a/b/pulls/9")]
    [InlineData("\u001b[1mhttps://github.com/a/b/pull/1\u001b[0m", "https://github.com/a/b/pull/1")]
    [InlineData("https://github.com/a/b/pull/1 then https://github.com/a/b/pull/2", "https://github.com/a/b/pull/2")]
    [InlineData("https://github.com/a/b/pull/new/owp/t_1", null)]
    [InlineData("https://github.com/a/b/pull/12abc", null)]
    [InlineData("http://github.com/a/b/pull/1", null)]
    [InlineData("https://github.com/a/b/issues/1", null)]
    public void LastIn_Line_IsThePullRequestOrNothing(string line, string? expected) =>
        Assert.Equal(expected, PullRequestLink.LastIn(line)?.AbsoluteUri);

    [Theory]
    [InlineData("OWP_TOKEN", true)]
    [InlineData("GITHUB_TOKEN", true)]
    [InlineData("AWS_SECRET_ACCESS_KEY", true)]
    [InlineData("AWS_ACCESS_KEY_ID", true)]
    [InlineData("ANTHROPIC_API_KEY", true)]
    [InlineData("db_password", true)]
    [InlineData("PATH", false)]
    [InlineData("TOKENIZER", false)]
    [InlineData("SSH_AUTH_SOCK", false)]
    [InlineData("KEYBOARD", false)]
    public void IsSecret_Name_IsJudgedByItsWords(string name, bool expected) => Assert.Equal(expected, SecretNames.IsSecret(name));

    [Fact]
    public void Hider_SecretInSecret_HidesTheLongerAndLeavesShortOnes()
    {
        var hide = SecretNames.Hider(["12345678", "12345678-and-more", "short", ""]);

        Assert.Equal("a *** b *** short", hide("a 12345678-and-more b 12345678 short"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task ReadAsync_AnyPieces_GiveTheSameLines(int piece)
    {
        var text = "eins\r\n\n\U0001F600 zwei\n" + new string('x', 70_000) + "\nund kein Ende";
        var lines = new List<string>();

        await LineSplitter.ReadAsync(new Pieces(Encoding.UTF8.GetBytes(text), piece), lines.Add, CancellationToken.None);

        Assert.Equal(["eins", "", "\U0001F600 zwei"], lines.Take(3));
        Assert.Equal(new string('x', 70_000), lines[3] + lines[4]);
        Assert.Equal("und kein Ende", lines[5]);
        Assert.Equal(6, lines.Count);
    }

    [Theory]
    [InlineData("t_abc-1", "t_abc-1")]
    [InlineData("../../etc", null)]
    [InlineData("-rf", null)]
    [InlineData("", null)]
    public void NameOf_Id_NeverLeavesItsFolder(string id, string? expected)
    {
        var name = LeaseFiles.NameOf(id);

        if (expected is not null) Assert.Equal(expected, name);
        else Assert.Matches("^[0-9a-f]{32}$", name);
    }

    /// <summary>A stream that gives a few bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
