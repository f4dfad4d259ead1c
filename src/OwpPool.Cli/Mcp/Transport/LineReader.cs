using System.Buffers;

namespace OwpPool.Cli.Mcp.Transport;

/// <summary>A line of input, without its end.</summary>
/// <param name="Bytes">Good until the next line is read; empty where the line was too long.</param>
/// <param name="IsTooLong">It had more bytes than may be kept.</param>
internal readonly record struct InputLine(ReadOnlyMemory<byte> Bytes, bool IsTooLong);

/// <summary>Cuts a stream into lines, and holds no more of one than it may have.</summary>
/// <param name="input">Read to its end; stays the caller's.</param>
/// <param name="maxLength">In bytes, the line's end not counted.</param>
internal sealed class LineReader(Stream input, int maxLength)
{
    private readonly byte[] _chunk = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _next;
    private int _end;

    /// <summary>The next line; null = there is none any more. What stands after the last line end is a line, too.</summary>
    public async ValueTask<InputLine?> ReadAsync(CancellationToken ct)
    {
        _line.ResetWrittenCount();
        var isTooLong = false;
        while (true)
        {
            if (_next == _end)
            {
                // A console's stream does not let go of a read that is cancelled.
                (_next, _end) = (0, await input.ReadAsync(_chunk, ct).AsTask().WaitAsync(ct));
                if (_end == 0) return isTooLong || _line.WrittenCount > 0 ? Line(isTooLong) : null;
            }
            var rest = _chunk.AsMemory(_next, _end - _next);
            var length = rest.Span.IndexOf((byte)'\n');
            var part = length < 0 ? rest : rest[..length];
            isTooLong = isTooLong || _line.WrittenCount + part.Length > maxLength;
            if (!isTooLong) _line.Write(part.Span);
            _next += length < 0 ? rest.Length : length + 1;
            if (length >= 0) return Line(isTooLong);
        }
    }

    private InputLine Line(bool isTooLong) => new(isTooLong ? default : _line.WrittenMemory, isTooLong);
}
