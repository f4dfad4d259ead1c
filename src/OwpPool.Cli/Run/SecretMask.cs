using System.Text;
using System.Text.RegularExpressions;

namespace OwpPool.Cli.Run;

/// <summary>Takes secrets out of what others read: a task's log, messages, the terminal.</summary>
internal sealed partial class SecretMask
{
    private const string Mask = "***";

    // Shorter values would take harmless words out of the output.
    private const int ShortestSecret = 8;

    private readonly string[] _hidden;

    /// <param name="secrets">What must not be seen; short ones are let through. Of one with several lines each line is hidden, because
    /// output comes line by line.</param>
    public SecretMask(IEnumerable<string> secrets)
    {
        _hidden =
        [
            .. secrets.SelectMany(secret => secret.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()).Append(secret))
                .Where(secret => secret.Length >= ShortestSecret).Distinct(),
        ];
        Longest = _hidden.Select(secret => secret.Length).DefaultIfEmpty().Max();
    }

    /// <summary>Characters of the longest secret; 0 = there is none.</summary>
    public int Longest { get; }

    /// <summary>Hides the secrets in a text, also where they overlap, and the credentials of every address in it.</summary>
    public string Hide(string text)
    {
        var spans = SpansIn(text);
        if (spans.Count == 0) return text;
        var shown = new StringBuilder(text.Length);
        var end = 0;
        foreach (var span in spans)
        {
            shown.Append(text, end, span.Start - end).Append(Mask);
            end = span.End;
        }
        return shown.Append(text, end, text.Length - end).ToString();
    }

    /// <summary>Where a text that is too long for one piece is parted, so that no secret is cut in two.</summary>
    /// <param name="text">Longer than <paramref name="most"/> by <see cref="Longest"/> at least.</param>
    /// <param name="most">Characters of the first piece; it is shorter where a secret is in the way, and longer where a secret begins the
    /// text.</param>
    public int PartAt(string text, int most)
    {
        var span = SpansIn(text).FirstOrDefault(span => span.Start < most && most < span.End);
        if (span == default) return char.IsLowSurrogate(text[most]) ? most - 1 : most;
        return span.Start > 0 ? span.Start : span.End;
    }

    /// <summary>In order; those that overlap or touch are one.</summary>
    private List<(int Start, int End)> SpansIn(string text)
    {
        var found = new List<(int Start, int End)>();
        foreach (var secret in _hidden)
            for (var at = text.IndexOf(secret, StringComparison.Ordinal); at >= 0; at = text.IndexOf(secret, at + 1, StringComparison.Ordinal))
                found.Add((at, at + secret.Length));
        foreach (Match match in Credentials().Matches(text))
            found.Add((match.Groups["credentials"].Index, match.Groups["credentials"].Index + match.Groups["credentials"].Length));
        found.Sort();
        var spans = new List<(int Start, int End)>();
        foreach (var (start, end) in found)
        {
            if (spans.Count > 0 && start <= spans[^1].End) spans[^1] = (spans[^1].Start, Math.Max(spans[^1].End, end));
            else spans.Add((start, end));
        }
        return spans;
    }

    /// <summary>In https://user:password@host. A password may hold an @.</summary>
    [GeneratedRegex("""://(?<credentials>[^/\s:@]*:[^/\s"'<>]+)@""")]
    private static partial Regex Credentials();
}
