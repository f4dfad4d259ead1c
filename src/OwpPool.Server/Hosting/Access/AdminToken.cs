using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Server.Hosting.Access;

/// <summary>The one admin token of a pool. Known by its hash only; set once, before the first request.</summary>
public sealed class AdminToken
{
    /// <summary>Header that carries it.</summary>
    public const string Header = "X-Admin-Token";

    /// <summary>Shortest token that is taken outside Development.</summary>
    public const int MinLength = 24;

    private static readonly FrozenSet<string> Samples =
        new[] { "dev-admin", "dev-admin-token", "secure-admin-token", "changeme" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private byte[]? _hash;

    /// <summary>Why the token is no good outside Development; null = it is.</summary>
    public static string? WhyNot(string token)
    {
        if (Samples.Contains(token)) return "is a known sample; choose a secret of your own";
        return token.Length < MinLength ? $"must have at least {MinLength} characters" : null;
    }

    /// <summary>A new token of 32 random bytes.</summary>
    public static string Make() => $"owpa_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>SHA-256 of the token.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Sets the hash that tokens are compared with.</summary>
    public void Use(byte[] hash) => _hash = hash;

    /// <summary>Whether this is the admin token; takes the same time whatever is wrong with it.</summary>
    public bool Matches(string token) => _hash is { } hash && CryptographicOperations.FixedTimeEquals(HashOf(token), hash);
}
