using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OwpPool.Storage.ReadModel;

namespace OwpPool.Storage.Tests.ReadModel;

public sealed class InstantTextTests
{
    [Theory]
    [InlineData("2026-01-18T05:00:00.123Z", "2026-01-18T05:00:00.1230000+00:00")]
    [InlineData("2026-01-18T05:00:00Z", "2026-01-18T05:00:00.0000000+00:00")]
    [InlineData("2026-01-18T05:00:00.1234567Z", "2026-01-18T05:00:00.1234567+00:00")]
    [InlineData("2026-01-18T07:00:00.000+02:00", "2026-01-18T07:00:00.0000000+02:00")]
    [InlineData("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.9990000+00:00")]
    public void Parse_FormsOfAnInstant_GivesIt(string text, string expected)
        => Assert.Equal(expected, InstantText.Parse(Encoding.UTF8.GetBytes(text)).ToString("O", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-01-18T05:0x:00.123Z")]
    [InlineData("2026-13-18T05:00:00.123Z")]
    public void Parse_NoInstant_Throws(string text)
        => Assert.ThrowsAny<Exception>(() => InstantText.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Parse_AnyInstantToTheMillisecond_IsReadBack()
    {
        var milliseconds = Gen.Choose(0, int.MaxValue).Two().Select(pair => ((long)pair.Item1 * 100_000) + pair.Item2);
        Check.QuickThrowOnFailure(Prop.ForAll(milliseconds.ToArbitrary(), value =>
        {
            var instant = DateTimeOffset.UnixEpoch.AddMilliseconds(value);
            var text = instant.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            return InstantText.Parse(Encoding.UTF8.GetBytes(text)) == instant;
        }));
    }
}
