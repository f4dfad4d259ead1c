using System.Text;
using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public sealed class IdentityTests
{
    [Theory]
    [InlineData("worker/w_abc", 410183751)]
    [InlineData("task/t_0123456789abcdef", -859706222)]
    [InlineData("repo/repo/owner/name", -1279619501)]
    [InlineData("directory/pool", -1644757775)]
    public void UniformHash_OfKnownGrains_IsWhatOrleansStores(string grainId, int hash)
    {
        Assert.Equal(hash, unchecked((int)GrainId.Parse(grainId).GetUniformHashCode()));
    }

    [Fact]
    public void UniformHash_OfTypeAndKey_AreTheKnownParts()
    {
        Assert.Equal(2519548037u, GrainType.Create("worker").GetUniformHashCode());
        Assert.Equal(3908573228u, IdSpan.Create("w_abc").GetUniformHashCode());
    }

    // Reference values of XXH32 with seed 0.
    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void XxHash32_OfKnownInput_IsTheKnownValue(string input, uint hash)
    {
        Assert.Equal(hash, XxHash32.Compute(Encoding.ASCII.GetBytes(input)));
    }

    [Fact]
    public void Parse_KeyWithSlashes_SplitsAtTheFirst()
    {
        var grainId = GrainId.Parse("repo/repo/owner/name");

        Assert.Equal(("repo", "repo/owner/name"), (grainId.Type.ToString(), grainId.Key.ToString()));
        Assert.Equal("repo/repo/owner/name", grainId.ToString());
        Assert.Equal(GrainId.Create("repo", "repo/owner/name"), grainId);
    }

    [Fact]
    public void Parse_WithoutSlash_Throws()
    {
        Assert.Throws<ArgumentException>(() => GrainId.Parse("nothing"));
        Assert.False(GrainId.TryParse("nothing", out _));
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a", "aa")]
    [InlineData("A", "a")]
    public void Compare_OfKeys_IsBytewise(string smaller, string larger)
    {
        Assert.True(GrainId.Create("t", smaller).CompareTo(GrainId.Create("t", larger)) < 0);
        Assert.NotEqual(GrainId.Create("t", smaller), GrainId.Create("t", larger));
    }
}
