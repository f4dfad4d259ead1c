using System.Text;
using OwpPool.Cli.Mcp.Tools;

namespace OwpPool.Cli.Tests.Mcp.Tools;

public sealed class LogTextTests
{
    private const int PoolLimit = 8 * 1024;

    [Theory]
    [InlineData("one", new[] { "one" })]
    [InlineData("one\r\ntwo\n", new[] { "one\ntwo" })]
    [InlineData("\n\n", new string[0])]
    public void Cut_ShortText_IsOnePiece(string text, string[] pieces) => Assert.Equal(pieces, LogText.Cut(text));

    [Theory]
    [InlineData(LogText.MaxPiece, 1)]
    [InlineData(LogText.MaxPiece + 1, 2)]
    public void Cut_LongLine_IsCutAtTheLimit(int length, int pieces) =>
        Assert.Equal(pieces, LogText.Cut(new string('a', length)).Count());

    [Theory]
    [InlineData("a")]
    [InlineData("中")]
    [InlineData("x😀")]
    public void Cut_AnyText_KeepsEveryCharacterAndFitsThePool(string character)
    {
        var text = string.Join('\n', Enumerable.Range(1, 60).Select(line => string.Concat(Enumerable.Repeat(character, line * 17))));

        var pieces = LogText.Cut(text).ToList();

        Assert.All(pieces, piece => Assert.InRange(new UTF8Encoding(false, true).GetByteCount(piece), 1, PoolLimit));
        // A line that is longer than a piece is parted by it.
        Assert.Equal(text.Replace("\n", ""), string.Concat(pieces).Replace("\n", ""));
    }
}
