using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OwpPool.Server.Hosting.Access;
using OwpPool.Storage;

namespace OwpPool.Server.Webhooks;

/// <summary>The secrets of operators' webhooks. They sign, so a hash will not do: they are stored sealed (AES-256-GCM), under a key in a
/// file beside the database that only its owner can read. A backup or a copy of the database, and whoever reads it with a tool, has none
/// of them.
/// </summary>
public sealed class WebhookSecrets
{
    /// <summary>What follows the database's name.</summary>
    public const string Suffix = ".webhook-key";

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Lazy<byte[]> _key;

    /// <summary>The secrets of a database.</summary>
    public WebhookSecrets(SqliteStorage storage)
    {
        var path = storage.Options.Path + Suffix;
        // Made when the first hook is, and not before; two at once must not make two keys.
        _key = new Lazy<byte[]>(() => KeyFile.ReadOrMake(path), LazyThreadSafetyMode.ExecutionAndPublication);
    }

    /// <summary>A new secret of 32 random bytes.</summary>
    public static string Make() => $"owph_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>Seals a secret for its hook.</summary>
    public string Seal(string hookId, string secret)
    {
        var text = Encoding.UTF8.GetBytes(secret);
        var whole = new byte[NonceBytes + TagBytes + text.Length];
        RandomNumberGenerator.Fill(whole.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(_key.Value, TagBytes);
        cipher.Encrypt(whole.AsSpan(0, NonceBytes), text, whole.AsSpan(NonceBytes + TagBytes), whole.AsSpan(NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(hookId));
        return Convert.ToBase64String(whole);
    }

    /// <summary>Opens it again.</summary>
    /// <exception cref="CryptographicException">It was sealed under another key or for another hook.</exception>
    public string Open(string hookId, string sealedSecret)
    {
        var whole = Convert.FromBase64String(sealedSecret).AsSpan();
        if (whole.Length < NonceBytes + TagBytes) throw new CryptographicException("A sealed secret is cut off.");
        var text = new byte[whole.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(_key.Value, TagBytes);
        cipher.Decrypt(whole[..NonceBytes], whole[(NonceBytes + TagBytes)..], whole.Slice(NonceBytes, TagBytes), text,
            Encoding.UTF8.GetBytes(hookId));
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Opens it again; null if its key is lost.</summary>
    public string? TryOpen(string hookId, string sealedSecret)
    {
        try
        {
            return Open(hookId, sealedSecret);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The signature of a delivery: <c>t=</c> and the instant in seconds, <c>v1=</c> and HMAC-SHA256 over <c>t.body</c>, once for
    /// each secret. The instant lets a receiver refuse what somebody caught and sends again later.</summary>
    public static string Sign(IEnumerable<string> secrets, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var instant = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signed = new byte[instant.Length + 1 + body.Length];
        Encoding.ASCII.GetBytes($"{instant}.", signed);
        body.CopyTo(signed.AsSpan(instant.Length + 1));
        var signatures =
            secrets.Select(secret => $",v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}");
        return $"t={instant}{string.Concat(signatures)}";
    }
}
