using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using OwpPool.Core.Shared;

namespace OwpPool.Server.Hosting.Access;

/// <summary>Who calls: the worker that the token names, and the hash that its grain compares.</summary>
/// <param name="WorkerId">From the token; not yet proven.</param>
/// <param name="TokenHash">SHA-256 of the whole token, base64.</param>
public sealed record WorkerCaller(string WorkerId, string TokenHash);

/// <summary>Worker tokens: <c>owpw_</c>, the worker id without its prefix, a dot, 32 random bytes in base64url. The id inside spares a
/// search; only the hash is ever stored.</summary>
public static class WorkerToken
{
    /// <summary>Longest Authorization header that is looked at.</summary>
    public const int MaxHeaderLength = 512;

    private const string Prefix = "owpw_";
    private const string Scheme = "Bearer";
    private const int SecretBytes = 32;
    private const int SecretLength = 43;

    private static readonly SearchValues<char> SecretCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>Makes a token for a worker id.</summary>
    public static string Make(string workerId)
    {
        Span<byte> secret = stackalloc byte[SecretBytes];
        RandomNumberGenerator.Fill(secret);
        return $"{Prefix}{workerId.AsSpan(Ids.Worker.Length)}.{Base64Url.EncodeToString(secret)}";
    }

    /// <summary>The form in which a token is stored and compared.</summary>
    public static string HashOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return Convert.ToBase64String(hash);
    }

    /// <summary>Reads the caller from <c>Authorization</c>: exactly one header, scheme Bearer in any case, a well-formed token.</summary>
    public static bool TryRead(IHeaderDictionary headers, [NotNullWhen(true)] out WorkerCaller? caller)
    {
        caller = null;
        var header = headers.Authorization;
        if (header.Count != 1 || header[0] is not { Length: <= MaxHeaderLength } text) return false;
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || text.Length <= Scheme.Length || text[Scheme.Length] != ' ')
            return false;
        return TryParse(text[Scheme.Length..].Trim(' '), out caller);
    }

    private static bool TryParse(string token, [NotNullWhen(true)] out WorkerCaller? caller)
    {
        caller = null;
        if (!token.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || token.Length - dot - 1 != SecretLength) return false;
        if (token.AsSpan(dot + 1).IndexOfAnyExcept(SecretCharacters) >= 0) return false;
        var workerId = $"{Ids.Worker}{token.AsSpan(Prefix.Length, dot - Prefix.Length)}";
        if (!Ids.IsId(workerId, Ids.Worker)) return false;
        caller = new WorkerCaller(workerId, HashOf(token));
        return true;
    }
}
