using System.Diagnostics.CodeAnalysis;

namespace OwpPool.Core.Shared;

/// <summary>Makes ids; injected, so that a simulation can make the same ones again.</summary>
public interface IIdSource
{
    /// <summary>A new id: the prefix and at least 96 random bits in lower-case letters and digits.</summary>
    string NewId(string prefix);
}

/// <summary>The forms of ids (protocol §1): a prefix that no hexadecimal number can have, so that grain storage never takes two keys for
/// one (reliability §1.1).</summary>
public static class Ids
{
    /// <summary>Longest id, prefix included.</summary>
    public const int MaxLength = 64;

    /// <summary>Prefix of worker ids.</summary>
    public const string Worker = "w_";

    /// <summary>Prefix of task ids.</summary>
    public const string Task = "t_";

    /// <summary>Prefix of operators' webhooks.</summary>
    public const string Webhook = "h_";

    /// <summary>Prefix of invites' ids.</summary>
    public const string Invite = "i_";

    /// <summary>Prefix of lease ids.</summary>
    public const string Lease = "l_";

    /// <summary>Prefix of offer ids.</summary>
    public const string Offer = "o_";

    /// <summary>The id of the lease that an offer becomes: derived, so that taking the offer twice finds the same lease.</summary>
    public static string LeaseOf(string offerId) => string.Concat(Lease, offerId.AsSpan(Offer.Length));

    /// <summary>Whether the text is a well-formed id with the prefix. Ids are case-sensitive.</summary>
    public static bool IsId([NotNullWhen(true)] string? text, string prefix)
    {
        if (text is null || text.Length <= prefix.Length || text.Length > MaxLength) return false;
        return text.StartsWith(prefix, StringComparison.Ordinal) && text.AsSpan().IndexOfAnyExcept(IdCharacters) < 0;
    }

    private static readonly System.Buffers.SearchValues<char> IdCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
}
