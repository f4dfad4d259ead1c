using System.Globalization;
using FsCheck.Fluent;
using OwpPool.Core.Shared;
using OwpPool.Testing;

namespace OwpPool.Core.Tests.Shared;

public sealed class IdsAndInstantsTests
{
    [Theory]
    [InlineData("t_a", Ids.Task, true)]
    [InlineData("t_0123456789abcdef", Ids.Task, true)]
    [InlineData("w_A-z_9", Ids.Worker, true)]
    [InlineData("l__", Ids.Lease, true)]
    [InlineData("t_", Ids.Task, false)]
    [InlineData("", Ids.Task, false)]
    [InlineData(null, Ids.Task, false)]
    [InlineData("w_a", Ids.Task, false)]
    [InlineData("T_a", Ids.Task, false)]
    [InlineData(" t_a", Ids.Task, false)]
    [InlineData("t_a ", Ids.Task, false)]
    [InlineData("t_a/b", Ids.Task, false)]
    [InlineData("t_a.b", Ids.Task, false)]
    [InlineData("t_ä", Ids.Task, false)]
    [InlineData("t_a\0", Ids.Task, false)]
    [InlineData("42", Ids.Task, false)]
    public void IsId_Text_NeedsPrefixAndPlainCharacters(string? text, string prefix, bool valid) =>
        Assert.Equal(valid, Ids.IsId(text, prefix));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void IsId_Length_IsBoundedWithThePrefix(int length, bool valid) =>
        Assert.Equal(valid, Ids.IsId(Ids.Task.PadRight(length, 'a'), Ids.Task));

    [Theory]
    [InlineData(Ids.Worker)]
    [InlineData(Ids.Task)]
    [InlineData(Ids.Lease)]
    public void Prefixes_Always_KeepIdsFromLookingLikeNumbers(string prefix)
    {
        // Grain storage takes keys that parse as hexadecimal numbers or GUIDs for one another (reliability §1.1).
        Assert.False(long.TryParse($"{prefix}42", NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _));
        Assert.False(char.IsAsciiHexDigit(prefix[1]));
    }

    [Fact]
    public void Cut_WithinAMillisecond_GoesDownAndToUtc()
    {
        var instant = new DateTimeOffset(2026, 1, 18, 7, 0, 0, 123, TimeSpan.FromHours(2)).AddTicks(9_999);

        var cut = Instants.Cut(instant);

        Assert.Equal(TimeSpan.Zero, cut.Offset);
        Assert.Equal("2026-01-18T05:00:00.123Z", Instants.Text(cut));
        Assert.Equal(0, cut.Ticks % TimeSpan.TicksPerMillisecond);
        Assert.Equal(instant.AddTicks(-9_999), cut);
    }

    [Fact]
    public void Now_OfAClock_IsCut()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 1, 18, 5, 0, 0, TimeSpan.Zero).AddTicks(12_345));

        Assert.Equal(new DateTimeOffset(2026, 1, 18, 5, 0, 0, 1, TimeSpan.Zero), clock.Now());
        Assert.Throws<ArgumentNullException>(() => Instants.Now(null!));
    }

    [Theory]
    [InlineData("2026-01-18T05:00:00.000Z")]
    [InlineData("1970-01-01T00:00:00.001Z")]
    [InlineData("2028-02-29T23:59:59.999Z")]
    public void Text_OfAnInstant_IsTheProtocolsForm(string text) =>
        Assert.Equal(text, Instants.Text(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture)));

    [Fact]
    public void Text_OfACutInstant_ReadsBackAsItself()
    {
        var instants =
            from ticks in Gen.Choose(0, int.MaxValue)
            from odd in Gen.Choose(0, 1_000_000)
            from hours in Gen.Choose(-14, 14)
            select new DateTimeOffset(2026, 1, 18, 5, 0, 0, TimeSpan.FromHours(hours)).AddTicks(ticks * 1_000L * 10_000 + odd);
        Law.Holds(instants, instant =>
        {
            var cut = Instants.Cut(instant);
            Assert.Equal(cut, DateTimeOffset.ParseExact(Instants.Text(cut), Instants.Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
            Assert.InRange(instant - cut, TimeSpan.Zero, TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond - 1));
            Assert.Equal(cut, Instants.Cut(cut));
        });
    }

    [Fact]
    public void Text_Order_IsTheOrderOfTime() => Law.Holds(Gen.Two(Gen.Choose(0, int.MaxValue)), pair =>
    {
        var (left, right) = (DateTimeOffset.UnixEpoch.AddMilliseconds(pair.Item1 * 997L), DateTimeOffset.UnixEpoch.AddMilliseconds(pair.Item2 * 997L));
        Assert.Equal(Math.Sign(left.CompareTo(right)), Math.Sign(string.CompareOrdinal(Instants.Text(left), Instants.Text(right))));
    });
}
