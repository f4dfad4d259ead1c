using System.Globalization;
using ADRaffy.ENSNormalize;
using OwpPool.Core.Text;

namespace OwpPool.Core.Tests.Text;

public sealed class NfcTests
{
    [Theory]
    [InlineData("src/Mu\u0308ller", "src/M\u00FCller")]
    [InlineData("gro\u0308\u00DFe", "gr\u00F6\u00DFe")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("a\u0315\u0300\u0323", "\u1EA1\u0300\u0315")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    public void Of_Spellings_AreOneText(string text, string expected) => Assert.Equal(expected, Nfc.Of(text));

    [Theory]
    [InlineData("\uD800")]
    [InlineData("a\uDC00b\u0301")]
    [InlineData("\uD83D")]
    [InlineData("\u00FC\uD83D")]
    public void Of_HalfASurrogatePair_StaysAsItIs(string text) => Assert.Equal(text, Nfc.Of(text));

    [Fact]
    public void Of_TextInTheForm_IsTheSameObject()
    {
        foreach (var text in new[] { "src/M\u00FCller", "\u6F22\u5B57 \uD83D\uDE00", "\u00E9\u0323" })
        {
            var form = Nfc.Of(text);
            Assert.Same(form, Nfc.Of(form));
        }
    }

    /// <summary>The oracle is another implementation, with Unicode 17's data of its own.</summary>
    [Fact]
    public void Of_EveryCharacter_IsWhatAnotherImplementationMakes()
    {
        var oracle = ENSNormalize.NF;
        Assert.Equal("17.0.0", oracle.UnicodeVersion);
        var wrong = new List<string>();
        for (var scalar = 0; scalar <= 0x10FFFF; scalar++)
        {
            if (scalar is >= 0xD800 and <= 0xDFFF) continue;
            var apart = oracle.NFD(char.ConvertFromUtf32(scalar));
            foreach (var text in new[] { char.ConvertFromUtf32(scalar), apart, $"a{apart}\u0323\u0301" })
                if (Nfc.Of(text) != oracle.NFC(text)) wrong.Add(scalar.ToString("X", CultureInfo.InvariantCulture));
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void Of_MarksWithoutEnd_TakesOneSortAndNoMore()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0315\u0300\u0323", 20_000));

        var form = Nfc.Of(text);

        Assert.Equal(text.Length - 1, form.Length);
        Assert.Equal("\u1EA1", form[..1]);
        Assert.Equal(form, Nfc.Of(form));
    }
}
