using System.Collections.Frozen;

namespace OwpPool.Server.Hosting.Access;

/// <summary>Which secrets an operator may choose: the same rules for tokens and for what signs webhooks.</summary>
public static class SecretRules
{
    /// <summary>Shortest token or webhook secret, in characters.</summary>
    public const int MinLength = 24;

    /// <summary>Longest one, in characters: no longer header is looked at.</summary>
    public const int MaxLength = 256;

    private const int MinDifferentCharacters = 8;

    /// <summary>From documentation and examples, this product's and others'.</summary>
    private static readonly FrozenSet<string> Samples = new[]
    {
        "dev-admin", "dev-admin-token", "secure-admin-token", "changeme", "choose-at-least-24-characters",
        "your-github-webhook-secret-goes-here", "replace-with-your-github-webhook-secret", "change-me-to-a-long-random-string",
        "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz0123456789",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a token or secret that is sent in a header is refused; null = it is not.</summary>
    public static string? WhyNot(string secret)
    {
        if (Samples.Contains(secret)) return "is a known sample; choose random characters of your own";
        if (secret.Length is < MinLength or > MaxLength) return $"must have {MinLength} to {MaxLength} characters";
        if (secret.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0) return "must be visible ASCII characters";
        return IsEasilyGuessed(secret) ? "is easily guessed; choose random characters" : null;
    }

    /// <summary>Whether a secret is a known sample, or made of few different characters.</summary>
    public static bool IsEasilyGuessed(string secret) =>
        Samples.Contains(secret) || secret.Distinct().Take(MinDifferentCharacters).Count() < MinDifferentCharacters;
}
