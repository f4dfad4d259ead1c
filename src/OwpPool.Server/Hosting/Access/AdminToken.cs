using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Server.Hosting.Access;

/// <summary>The one admin token of a pool. Known by its hash only; set once, before the first request.</summary>
public sealed class AdminToken
{
    /// <summary>Header that carries it.</summary>
    public const string Header = "X-Admin-Token";

    /// <summary>Longest header that is looked at.</summary>
    private const int MaxHeaderLength = 512;

    private byte[]? _hash;

    /// <summary>A new token of 32 random bytes.</summary>
    public static string Make() => $"owpa_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>SHA-256 of the token.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Sets the hash that tokens are compared with.</summary>
    public void Use(byte[] hash) => _hash = hash;

    /// <summary>Whether exactly one header carries it.</summary>
    public bool IsIn(IHeaderDictionary headers) =>
        headers[Header] is [{ Length: > 0 and <= MaxHeaderLength } token] && Matches(token);

    /// <summary>Whether this is the admin token; takes the same time whatever is wrong with it.</summary>
    public bool Matches(string token) => _hash is { } hash && CryptographicOperations.FixedTimeEquals(HashOf(token), hash);
}
