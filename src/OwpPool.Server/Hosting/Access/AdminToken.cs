using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Server.Hosting.Access;

/// <summary>The root token of a pool, that of the maintainer <c>root</c>. Known by its hash only; set once, before the first request.</summary>
public sealed class AdminToken
{
    /// <summary>Header that carries it.</summary>
    public const string Header = "X-Admin-Token";

    private byte[]? _hash;

    /// <summary>A new token of 32 random bytes.</summary>
    public static string Make() => $"{Maintainers.Prefix}{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>SHA-256 of the token.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Sets the hash that tokens are compared with.</summary>
    public void Use(byte[] hash) => _hash = hash;

    /// <summary>Whether this is the root token; takes the same time whatever is wrong with it.</summary>
    public bool Matches(string token) => _hash is { } hash && CryptographicOperations.FixedTimeEquals(HashOf(token), hash);
}
