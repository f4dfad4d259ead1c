using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Server.Hosting.Idempotency;

/// <summary>Seals the body of a stored answer, which may hold a token that is shown only once. What opens it follows from the caller's
/// Idempotency-Key, which the server does not keep: whoever reads the database reads no answer.</summary>
/// <remarks>AES-256-GCM under a key made by HKDF-SHA256. A key that can be guessed seals nothing; clients draw theirs at random.</remarks>
public static class SealedBody
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>Seals a body for the repeats of its request.</summary>
    /// <returns>Base64 of nonce, tag and ciphertext.</returns>
    public static string Seal(KeyedRequest request, ReadOnlySpan<byte> body)
    {
        var whole = new byte[NonceBytes + TagBytes + body.Length];
        RandomNumberGenerator.Fill(whole.AsSpan(0, NonceBytes));
        using var cipher = CipherOf(request);
        cipher.Encrypt(whole.AsSpan(0, NonceBytes), body, whole.AsSpan(NonceBytes + TagBytes), whole.AsSpan(NonceBytes, TagBytes),
            Encoding.ASCII.GetBytes(request.Hash));
        return Convert.ToBase64String(whole);
    }

    /// <summary>Opens it again.</summary>
    /// <exception cref="CryptographicException">It was sealed for another request, or changed since.</exception>
    public static byte[] Open(KeyedRequest request, string sealedBody)
    {
        var whole = Convert.FromBase64String(sealedBody).AsSpan();
        if (whole.Length < NonceBytes + TagBytes) throw new CryptographicException("A sealed body is cut off.");
        var body = new byte[whole.Length - NonceBytes - TagBytes];
        using var cipher = CipherOf(request);
        cipher.Decrypt(whole[..NonceBytes], whole[(NonceBytes + TagBytes)..], whole.Slice(NonceBytes, TagBytes), body,
            Encoding.ASCII.GetBytes(request.Hash));
        return body;
    }

    private static AesGcm CipherOf(KeyedRequest request)
    {
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(request.Key), KeyBytes,
            salt: Encoding.UTF8.GetBytes(request.Caller), info: "owp-pool answer"u8.ToArray());
        return new AesGcm(key, TagBytes);
    }
}
