using System.Text;

namespace OwpPool.Cli.Run;

/// <summary>Makes lines of a program's output, whatever it writes: any bytes, lines without end, a last line without a break.</summary>
internal static class LineSplitter
{
    /// <summary>Longer lines are broken, so that one without end takes no memory without end.</summary>
    private const int MaxLine = 64 * 1024;

    /// <summary>Reads to the end.</summary>
    /// <param name="output">UTF-8; what is not becomes U+FFFD.</param>
    /// <param name="onLine">Gets each line without its line break.</param>
    /// <param name="mask">Its secrets are not cut in two where a line is broken.</param>
    /// <param name="ct">Leaves the rest unread.</param>
    public static async Task ReadAsync(Stream output, Action<string> onLine, SecretMask mask, CancellationToken ct)
    {
        var decoder = new UTF8Encoding(false).GetDecoder();
        var bytes = new byte[16 * 1024];
        var characters = new char[bytes.Length + 1];
        var line = new StringBuilder();
        int read;
        do
        {
            read = await output.ReadAsync(bytes, ct);
            var count = decoder.GetChars(bytes, 0, read, characters, 0, flush: read == 0);
            Split(characters.AsSpan(0, count), line, onLine, mask);
        }
        while (read > 0);
        if (line.Length > 0) Take(line, onLine);
    }

    private static void Split(ReadOnlySpan<char> text, StringBuilder line, Action<string> onLine, SecretMask mask)
    {
        foreach (var character in text)
        {
            if (character == '\n')
            {
                Take(line, onLine);
                continue;
            }
            line.Append(character);
            if (line.Length > MaxLine + mask.Longest) Break(line, onLine, mask);
        }
    }

    private static void Break(StringBuilder line, Action<string> onLine, SecretMask mask)
    {
        var text = line.ToString();
        var length = mask.PartAt(text, MaxLine);
        onLine(text[..length]);
        line.Clear().Append(text, length, text.Length - length);
    }

    private static void Take(StringBuilder line, Action<string> onLine)
    {
        if (line.Length > 0 && line[^1] == '\r') line.Length--;
        onLine(line.ToString());
        line.Clear();
    }
}
