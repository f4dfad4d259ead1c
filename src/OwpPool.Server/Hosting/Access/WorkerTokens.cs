using System.Buffers;
using System.Buffers.Text;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using OwpPool.Core.Shared;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting.Access;

/// <summary>Who calls: the worker that the token names, and the hash that its grain compares.</summary>
/// <param name="WorkerId">From the token, which this pool made for it; whether it is still good, the grain says.</param>
/// <param name="TokenHash">As <see cref="WorkerTokens.HashOf"/> makes it.</param>
public sealed record WorkerCaller(string WorkerId, string TokenHash);

/// <summary>Workers' tokens: <c>owpw_</c>, the worker id without its prefix, a dot, and 48 bytes in base64url: 32 random ones and an HMAC
/// of them and the id, under a key that only this pool has. So a token that somebody invented is refused without asking a grain or the
/// database. The id inside spares a search; only a hash of the token is stored.</summary>
/// <remarks>The key is made at the first start and kept beside the database. Workers whose token was made without it (by a program before
/// there was a key, or under a key that was lost) go on with theirs until they rotate it: their ids are read once, at the start, and
/// their tokens alone are passed on unproven. They are known by the hash that is stored: it begins with the name of the key.</remarks>
public sealed class WorkerTokens(SqliteStorage storage) : IHostedService
{
    /// <summary>What follows the database's name.</summary>
    public const string Suffix = ".token-key";

    /// <summary>Longest Authorization header that is looked at.</summary>
    public const int MaxHeaderLength = 512;

    private const string Prefix = "owpw_";
    private const string Scheme = "Bearer";
    private const int RandomBytes = 32;
    private const int ProofBytes = 16;
    private const int SecretLength = (RandomBytes + ProofBytes) * 4 / 3;
    private const int UnprovenLength = 43;
    private const int KeyNameBytes = 6;

    private static readonly SearchValues<char> SecretCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private byte[] _key = [];
    private string _keyName = "";
    private FrozenDictionary<string, string> _unproven = FrozenDictionary<string, string>.Empty;

    /// <summary>Reads the key, or makes it, and finds out whose tokens it did not make. Before anything listens.</summary>
    /// <exception cref="StorageStartupException">The key cannot be read or written.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var path = storage.Options.Path + Suffix;
        try
        {
            _key = KeyFile.ReadOrMake(path);
        }
        catch (CryptographicException fault)
        {
            throw new StorageStartupException(
                $"{fault.Message} Restore it from a backup; or delete it to have a new one made, with which the workers' tokens stay good.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException(
                $"The key of the workers' tokens {path} cannot be kept: {fault.Message.ReplaceLineEndings(" ")}", fault);
        }
        _keyName = $"{Convert.ToHexStringLower(SHA256.HashData([.. "owp-pool key name\n"u8, .. _key]).AsSpan(0, KeyNameBytes))}:";
        var unproven = await storage.ReadModel.ListTokensOfOtherKeysAsync(_keyName, cancellationToken);
        _unproven = unproven.ToFrozenDictionary(static worker => worker.WorkerId, static worker => KeyNameOf(worker.TokenHash), StringComparer.Ordinal);
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes a token for a worker id.</summary>
    public string Make(string workerId)
    {
        Span<byte> secret = stackalloc byte[RandomBytes + ProofBytes];
        RandomNumberGenerator.Fill(secret[..RandomBytes]);
        Prove(workerId, secret[..RandomBytes], secret[RandomBytes..]);
        return $"{Prefix}{workerId.AsSpan(Ids.Worker.Length)}.{Base64Url.EncodeToString(secret)}";
    }

    /// <summary>The form in which a token of <see cref="Make"/> is stored and compared: the name of the key, a colon, and the base64 SHA-256
    /// of the token.</summary>
    public string HashOf(string token) => HashUnder(_keyName, token);

    /// <summary>Reads the caller from <c>Authorization</c>: exactly one header, scheme Bearer in any case, a token that this pool made.
    /// </summary>
    public bool TryRead(IHeaderDictionary headers, [NotNullWhen(true)] out WorkerCaller? caller)
    {
        caller = null;
        return TryReadBearer(headers, out var token) && TryParse(token, out caller);
    }

    /// <summary>What stands behind the scheme Bearer in the only <c>Authorization</c> header.</summary>
    public static bool TryReadBearer(IHeaderDictionary headers, [NotNullWhen(true)] out string? token)
    {
        token = null;
        var header = headers.Authorization;
        if (header.Count != 1 || header[0] is not { Length: <= MaxHeaderLength } text) return false;
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || text.Length <= Scheme.Length || text[Scheme.Length] != ' ')
            return false;
        token = text[Scheme.Length..].Trim(' ');
        return true;
    }

    private bool TryParse(string token, [NotNullWhen(true)] out WorkerCaller? caller)
    {
        caller = null;
        if (!token.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return false;
        var secret = token.AsSpan(dot + 1);
        if (secret.Length is not (SecretLength or UnprovenLength) || secret.IndexOfAnyExcept(SecretCharacters) >= 0) return false;
        var workerId = $"{Ids.Worker}{token.AsSpan(Prefix.Length, dot - Prefix.Length)}";
        if (!Ids.IsId(workerId, Ids.Worker)) return false;
        if (secret.Length == SecretLength && IsProven(workerId, secret)) caller = new WorkerCaller(workerId, HashOf(token));
        else if (_unproven.TryGetValue(workerId, out var keyName)) caller = new WorkerCaller(workerId, HashUnder(keyName, token));
        return caller is not null;
    }

    private static string HashUnder(string keyName, string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return keyName + Convert.ToBase64String(hash);
    }

    /// <summary>The name with its colon; empty for the hash of a token that was made without a key.</summary>
    private static string KeyNameOf(string tokenHash) => string.Intern(tokenHash[..(tokenHash.IndexOf(':', StringComparison.Ordinal) + 1)]);

    private bool IsProven(string workerId, ReadOnlySpan<char> secret)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + ProofBytes];
        Span<byte> proof = stackalloc byte[ProofBytes];
        if (!Base64Url.TryDecodeFromChars(secret, bytes, out var length) || length != bytes.Length) return false;
        Prove(workerId, bytes[..RandomBytes], proof);
        return CryptographicOperations.FixedTimeEquals(bytes[RandomBytes..], proof);
    }

    /// <summary>The first half of HMAC-SHA256: 128 bits, as RFC 2104 allows.</summary>
    private void Prove(string workerId, ReadOnlySpan<byte> random, Span<byte> proof)
    {
        // An id is at most 64 ASCII characters; the random part comes first because its length is fixed.
        Span<byte> said = stackalloc byte[RandomBytes + Ids.MaxLength];
        random.CopyTo(said);
        var length = RandomBytes + Encoding.ASCII.GetBytes(workerId, said[RandomBytes..]);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, said[..length], whole);
        whole[..ProofBytes].CopyTo(proof);
    }
}
