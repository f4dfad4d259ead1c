using OwpPool.Core.Shared;
using OwpPool.Core.Text;

namespace OwpPool.Core.Tests.Text;

public sealed class Rfc3339Tests
{
    [Theory]
    [InlineData("2026-01-18T05:00:00Z", "2026-01-18T05:00:00.000Z")]
    [InlineData("2026-01-18t05:00:00z", "2026-01-18T05:00:00.000Z")]
    [InlineData("2026-01-18T05:00:00.1Z", "2026-01-18T05:00:00.100Z")]
    [InlineData("2026-01-18T05:00:00.123Z", "2026-01-18T05:00:00.123Z")]
    [InlineData("2026-01-18T05:00:00.1239Z", "2026-01-18T05:00:00.123Z")]
    [InlineData("2026-01-18T05:00:00.1234567Z", "2026-01-18T05:00:00.123Z")]
    [InlineData("2026-01-18T05:00:00.12345678Z", "2026-01-18T05:00:00.123Z")]
    [InlineData("2026-01-18T05:00:00.123456789Z", "2026-01-18T05:00:00.123Z")]
    [InlineData("2026-01-18T05:00:00.999999999999Z", "2026-01-18T05:00:00.999Z")]
    [InlineData("2026-01-18T05:00:00-00:00", "2026-01-18T05:00:00.000Z")]
    [InlineData("1969-12-31T23:30:00-01:00", "1970-01-01T00:30:00.000Z")]
    [InlineData("2026-01-18T05:00:00.1-02:30", "2026-01-18T07:30:00.100Z")]
    [InlineData("2026-01-18T05:00:00+14:00", "2026-01-17T15:00:00.000Z")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z")]
    public void TryParse_AnyNumberOfDigits_IsUtcCutToMilliseconds(string text, string expected)
    {
        Assert.True(Rfc3339.TryParse(text, out var instant));
        Assert.Equal(expected, Instants.Text(instant));
    }

    [Theory]
    [InlineData("2026-01-18T05:00:00")]
    [InlineData("2026-01-18")]
    [InlineData("2026-01-18 05:00:00Z")]
    [InlineData("2026-01-18T05:00Z")]
    [InlineData("2026-01-18T05:00:60Z")]
    [InlineData("2026-01-18T24:00:00Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-01-18T05:00:00.Z")]
    [InlineData("2026-01-18T05:00:00+1400")]
    [InlineData("2026-01-18T05:00:00+15:00")]
    [InlineData("2026-01-18T05:00:00 Z")]
    [InlineData("-026-01-18T05:00:00Z")]
    [InlineData("")]
    public void WhyNot_AnotherForm_IsRefused(string text) => Assert.Equal(Rfc3339.WrongForm, Rfc3339.WhyNot(text, out _));

    [Theory]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("9999-12-31T23:59:59-14:00")]
    public void WhyNot_YearsThatAreNotKept_NamesTheRange(string text) => Assert.Equal(Rfc3339.OutOfRange, Rfc3339.WhyNot(text, out _));
}
