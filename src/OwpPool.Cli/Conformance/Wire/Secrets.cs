using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace OwpPool.Cli.Conformance.Wire;

/// <summary>The tokens of a run, which no report may show.</summary>
internal sealed partial class Secrets
{
    private const string Mask = "***";

    private readonly ConcurrentDictionary<string, byte> _known = new(StringComparer.Ordinal);

    public void Add(string secret) => _known.TryAdd(secret, 0);

    /// <summary>The text without any token: those that are known, and what looks like one.</summary>
    public string Hide(string text)
    {
        foreach (var secret in _known.Keys) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return LooksLikeToken().Replace(TokenMember().Replace(text, $"$1{Mask}\""), Mask);
    }

    [GeneratedRegex("owp[aiw]_[A-Za-z0-9_.-]{8,}")]
    private static partial Regex LooksLikeToken();

    [GeneratedRegex("(\"(?:token|invite)\"\\s*:\\s*\")[^\"]*\"")]
    private static partial Regex TokenMember();
}
