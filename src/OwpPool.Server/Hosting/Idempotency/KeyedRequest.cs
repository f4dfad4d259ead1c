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

    /// <summary>Base64url characters of 128 bits.</summary>
    private const int HardToGuessLength = 22;

    /// <summary>Hexadecimal digits of 128 bits, the dashes of a UUID left out.</summary>
    private const int HardToGuessDigits = 32;

    private const int MinDifferentCharacters = 8;

    /// <summary>What effects remember the request by: 128 bits of a hash, from which the key cannot be had.</summary>
    public string EffectKey { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"effect\n{Caller}\n{Key}\n{Hash}")).AsSpan(0, EffectKeyBytes));

    /// <summary>The key; null if it is not exactly one of 1 to 255 visible ASCII characters.</summary>
    public static string? ReadKey(StringValues header)
    {
        if (header.Count != 1 || header[0] is not { Length: >= 1 and <= MaxKeyLength } key) return null;
        return key.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? key : null;
    }

    /// <summary>Whether a key has the form of 128 random bits: a UUID or other 32 hexadecimal digits, or 22 or more characters with digits and
    /// letters of both cases. Where nothing else proves who asks, the key alone does, and a word or a number could be anybody's.</summary>
    public static bool IsHardToGuess(string key)
    {
        if (key.Distinct().Count() < MinDifferentCharacters) return false;
        var hex = key.Count(char.IsAsciiHexDigit);
        if (hex >= HardToGuessDigits && hex + key.Count(static letter => letter == '-') == key.Length) return true;
        return key.Length >= HardToGuessLength && key.Any(char.IsAsciiDigit) && key.Any(char.IsAsciiLetterLower) && key.Any(char.IsAsciiLetterUpper);
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
