using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using OwpPool.Server.Hosting.Access;

namespace OwpPool.Server.GitHub;

/// <summary>The signature of GitHub's webhook: HMAC-SHA256 over the body as it came, byte for byte.</summary>
public sealed class WebhookSignature
{
    /// <summary>Header that carries it, as <c>sha256=</c> and 64 lower-case hexadecimal digits.</summary>
    public const string Header = "X-Hub-Signature-256";

    /// <summary>Shortest secret, in bytes: as long as what is made with it.</summary>
    public const int MinSecretBytes = 32;

    private const string Prefix = "sha256=";

    private readonly byte[] _secret;

    /// <summary>Signatures under a secret.</summary>
    public WebhookSignature(string secret) => _secret = Encoding.UTF8.GetBytes(secret);

    /// <summary>Why a secret is no good; null = it is.</summary>
    public static string? WhyNotSecret(string secret)
    {
        if (Encoding.UTF8.GetByteCount(secret) < MinSecretBytes) return $"must have at least {MinSecretBytes} bytes";
        return SecretRules.IsEasilyGuessed(secret)
            ? "is a known sample or easily guessed; choose random bytes of your own" : null;
    }

    /// <summary>Whether the header is the body's signature; takes the same time whatever is wrong with it.</summary>
    public bool IsOf(ReadOnlySpan<byte> body, StringValues header)
    {
        var expected = Encoding.ASCII.GetBytes(Prefix + Convert.ToHexStringLower(HMACSHA256.HashData(_secret, body)));
        return header is [{ } given] && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), expected);
    }
}
