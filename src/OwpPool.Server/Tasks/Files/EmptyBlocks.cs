using System.Text.RegularExpressions;

namespace OwpPool.Server.Tasks.Files;

/// <summary>Block scalars (<c>description: |</c>) without any text, only with blank lines. YAML 1.2.2 (8.1.1.1) lets those lines be indented
/// as they like; YamlDotNet 18 refuses them.</summary>
/// <remarks>Takes the blanks out of those lines and nothing else: lines and what stands in them stay, so places in errors are true. Blanks in
/// a block that has text are text, and are not touched; anywhere else a line of blanks means the same without them.</remarks>
internal static partial class EmptyBlocks
{
    /// <summary>The same YAML without the blanks.</summary>
    public static string Trim(string yaml)
    {
        var lines = yaml.Split('\n');
        var isChanged = false;
        for (var at = 0; at < lines.Length; at++)
        {
            if (ParentOf(lines[at], out var isIndented) is not { } parent) continue;
            var next = at + 1;
            while (next < lines.Length && IsBlank(lines[next])) next++;
            if (next < lines.Length && IsContent(lines[next], parent))
            {
                // What looks like another block inside is text.
                while (next < lines.Length && (IsBlank(lines[next]) || IsContent(lines[next], parent))) next++;
            }
            else if (!isIndented)
            {
                for (var blank = at + 1; blank < next; blank++) lines[blank] = lines[blank].TrimStart(' ');
                isChanged |= next > at + 1;
            }
            at = next - 1;
        }
        return isChanged ? string.Join('\n', lines) : yaml;
    }

    /// <summary>The indentation of the node that a block scalar, announced by the line, belongs to; its text is indented more. Null = the line
    /// announces none.</summary>
    /// <param name="line">The line.</param>
    /// <param name="isIndented">The line says itself how much more.</param>
    private static int? ParentOf(string line, out bool isIndented)
    {
        isIndented = false;
        if (Header().Match(line) is not { Success: true } header || line.TrimStart(' ').StartsWith('#')) return null;
        isIndented = header.Groups["signs"].ValueSpan.IndexOfAnyInRange('1', '9') >= 0;
        if (line.StartsWith("---", StringComparison.Ordinal)) return -1;
        var parent = IndentOf(line);
        // "- - key: |" belongs to the key; "- |" to its dash.
        for (var at = parent; at + 1 < line.Length && line[at] is '-' or '?' or ':' && line[at + 1] == ' ';)
        {
            parent = at++;
            while (at < line.Length && line[at] == ' ') at++;
            if (at < header.Index) parent = at;
        }
        return parent;
    }

    private static bool IsContent(string line, int parent) =>
        IndentOf(line) > parent && !line.StartsWith("---", StringComparison.Ordinal) && !line.StartsWith("...", StringComparison.Ordinal);

    private static bool IsBlank(string line) => line.AsSpan().IndexOfAnyExcept(' ', '\r') < 0;

    private static int IndentOf(string line) => line.AsSpan().IndexOfAnyExcept(' ') is >= 0 and var indent ? indent : line.Length;

    [GeneratedRegex(@"(?<=^|[ \t])[|>](?<signs>[1-9]?[+-]?|[+-][1-9])(?:[ \t]+#.*|[ \t]*)\r?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Header();
}
