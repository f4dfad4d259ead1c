using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OwpPool.Core.Audit;

/// <summary>A place in the audit log: an event's number and its hash. An operator who notes one outside of the pool can show later that
/// everything up to there is still what it was.</summary>
/// <param name="Seq">The event's number; 0 = before the first ever.</param>
/// <param name="Hash">64 lower-case hexadecimal digits.</param>
public readonly record struct ChainMark(long Seq, string Hash)
{
    /// <summary>Before the first event ever.</summary>
    public static ChainMark Start { get; } = new(0, new string('0', 2 * AuditChain.HashBytes));

    /// <summary>The mark of a stored hash; bytes that are no hash become a mark that nothing matches.</summary>
    public static ChainMark Of(long seq, ReadOnlySpan<byte> hash) => new(seq, Convert.ToHexStringLower(hash));

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ChainMark mark)
    {
        mark = default;
        if (text?.Split(':') is not [var number, { Length: 2 * AuditChain.HashBytes } hash]) return false;
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var seq)) return false;
        if (!hash.All(char.IsAsciiHexDigit)) return false;
        mark = new ChainMark(seq, hash.ToLowerInvariant());
        return true;
    }

    /// <summary>The hash as bytes; all zero where it is no hash.</summary>
    public byte[] ToBytes() => Hash.Length == 2 * AuditChain.HashBytes ? Convert.FromHexString(Hash) : new byte[AuditChain.HashBytes];

    /// <summary><c>seq:hash</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seq}:{Hash}");
}
