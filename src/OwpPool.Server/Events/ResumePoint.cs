using System.Globalization;

namespace OwpPool.Server.Events;

/// <summary>A place in a log, as clients of its stream carry it: <c>SEQ-MARK</c>. The mark tells histories apart: where a database was put back
/// from a backup or made anew, numbers are given again, and what has the same number is something else.</summary>
/// <param name="Seq">0 = before everything.</param>
/// <param name="Mark">Of what stands at the place; null = the client knows the number only, as older clients do.</param>
public readonly record struct ResumePoint(long Seq, string? Mark)
{
    /// <summary>How it is written, as a regular expression.</summary>
    public const string Pattern = "^[0-9]{1,19}(-[0-9a-f]{1,16})?$";

    private const int MaxMark = 16;

    /// <summary>Reads <c>SEQ</c> or <c>SEQ-MARK</c>.</summary>
    public static ResumePoint? TryParse(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var mark = dash < 0 ? null : text[(dash + 1)..];
        if (mark is not null && (mark.Length is 0 or > MaxMark || !mark.All(char.IsAsciiHexDigitLower))) return null;
        return long.TryParse(dash < 0 ? text : text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            ? new ResumePoint(seq, mark)
            : null;
    }

    /// <summary>Whether it can be the place that has this mark; without one on either side nobody can tell.</summary>
    public bool MayBe(string? mark) => Mark is null || mark is null || Mark == mark;

    /// <inheritdoc />
    public override string ToString() =>
        Mark is null ? Seq.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Seq}-{Mark}");
}
