using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace OwpPool.Server.Hosting.Idempotency;

/// <summary>A request that carries an Idempotency-Key.</summary>
/// <param name="Caller">Whose key it is: a worker id, <c>admin</c>, or <c>anonymous@</c> and the address.</param>
/// <param name="Key">As sent. Never stored and never logged: it opens the stored answer.</param>
/// <param name="Hash">SHA-256 of method, path, query and body, in hex.</param>
public sealed record KeyedRequest(string Caller, string Key, string Hash)
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Longest key, in characters.</summary>
    public const int MaxKeyLength = 255;

    private const int EffectKeyBytes = 16;

    /// <summary>What effects remember the request by: 128 bits of a hash, from which the key cannot be had.</summary>
    public string EffectKey { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"effect\n{Caller}\n{Key}\n{Hash}")).AsSpan(0, EffectKeyBytes));

    /// <summary>The key; null if it is not exactly one of 1 to 255 visible ASCII characters.</summary>
    public static string? ReadKey(StringValues header)
    {
        if (header.Count != 1 || header[0] is not { Length: >= 1 and <= MaxKeyLength } key) return null;
        return key.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? key : null;
    }

    /// <summary>See <see cref="Hash"/>.</summary>
    public static string HashOf(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Neither a method nor an escaped path holds a line break, so the three are read back in one way only.
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Path.ToUriComponent()}{request.QueryString.ToUriComponent()}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The key of a request, for its effects.</summary>
public static class KeyedRequestExtensions
{
    /// <summary>What an effect of this request remembers it by; null where the request carries no Idempotency-Key.</summary>
    public static string? RequestKey(this HttpContext http) => http.Features.Get<KeyedRequest>()?.EffectKey;
}
