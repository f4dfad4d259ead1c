using System.Text;
using OwpPool.Core.Audit;

namespace OwpPool.Core.Tests.Audit;

public sealed class AuditChainTests
{
    /// <summary>Computed by another program from the description alone: the bytes of the chain are a contract with every log written.</summary>
    private const string First = "fef54a148d1a6df9ba4ebae99d9acb2518a7f6f97978245f0a105a40d9190d9e";
    private const string Second = "707cd499af32c4d7fd988bb0486c0275d53d5ff6d9a0579a33cd67f69fd30187";

    [Fact]
    public void Hash_KnownEvents_IsWhatTheDescriptionSays()
    {
        var chain = new AuditChain();
        var hash = new byte[AuditChain.HashBytes];

        chain.Hash(hash, Event(1, "2026-01-18T05:00:00.123Z", "task.created", "admin", "t_1", "acme/widgets", """{"title":"Áé"}"""), hash);
        Assert.Equal(First, Convert.ToHexStringLower(hash));

        chain.Hash(hash, Event(2, "2026-01-18T05:00:00.124Z", "worker.seen", "w_1", "w_1", null, "{}"), hash);
        Assert.Equal(Second, Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void Hash_BordersBetweenFieldsMoved_IsAnother()
    {
        var hashes = new HashSet<string>
        {
            HashOf(Event(1, "a", "bc", "", "", null, "")), HashOf(Event(1, "ab", "c", "", "", null, "")),
            HashOf(Event(1, "abc", "", "", "", null, "")), HashOf(Event(1, "a", "bc", "", "", "", "")),
            HashOf(Event(1, "a", "", "bc", "", null, "")), HashOf(Event(2, "a", "bc", "", "", null, "")),
        };
        Assert.Equal(6, hashes.Count);
    }

    [Fact]
    public void Hash_LongDetails_AreCoveredToTheLastByte()
    {
        var details = new string('x', 100_000);
        Assert.NotEqual(HashOf(Event(1, "a", "b", "c", "d", null, details)), HashOf(Event(1, "a", "b", "c", "d", null, details[..^1] + "y")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("12:abc")]
    [InlineData("-1:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1:000000000000000000000000000000000000000000000000000000000000000g")]
    [InlineData("1:2:0000000000000000000000000000000000000000000000000000000000000000")]
    public void Mark_OtherText_IsNone(string text) => Assert.False(ChainMark.TryParse(text, out _));

    [Fact]
    public void Mark_AsWritten_IsReadBack()
    {
        var mark = ChainMark.Of(12, Convert.FromHexString(First));
        Assert.True(ChainMark.TryParse(mark.ToString().ToUpperInvariant(), out var read));
        Assert.Equal(mark, read);
        Assert.Equal(Convert.FromHexString(First), read.ToBytes());
    }

    private static ChainedEvent Event(long seq, string at, string type, string actor, string target, string? repo, string details) => new()
    {
        Seq = seq,
        At = Encoding.UTF8.GetBytes(at),
        Type = Encoding.UTF8.GetBytes(type),
        Actor = Encoding.UTF8.GetBytes(actor),
        Target = Encoding.UTF8.GetBytes(target),
        HasRepo = repo is not null,
        Repo = Encoding.UTF8.GetBytes(repo ?? ""),
        Details = Encoding.UTF8.GetBytes(details),
    };

    private static string HashOf(in ChainedEvent item)
    {
        var hash = new byte[AuditChain.HashBytes];
        new AuditChain().Hash(new byte[AuditChain.HashBytes], item, hash);
        return Convert.ToHexStringLower(hash);
    }
}
