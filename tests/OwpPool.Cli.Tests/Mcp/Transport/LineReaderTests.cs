using System.Text;
using OwpPool.Cli.Mcp.Transport;

namespace OwpPool.Cli.Tests.Mcp.Transport;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\nb", new[] { "a", "b" })]
    [InlineData("\n\na\r\n", new[] { "", "", "a\r" })]
    [InlineData("abcde\nabcdef\nabc\n", new[] { "abcde", "TOO LONG", "abc" })]
    [InlineData("abc\nabcdefghijklmnop", new[] { "abc", "TOO LONG" })]
    public async Task Read_CutAnywhere_GivesTheSameLines(string text, string[] lines)
    {
        for (var size = 1; size <= text.Length + 1; size++)
        {
            using var input = new SlicedStream(Encoding.UTF8.GetBytes(text), size);
            var reader = new LineReader(input, maxLength: 5);
            var read = new List<string>();
            while (await reader.ReadAsync(CancellationToken.None) is { } line)
                read.Add(line.IsTooLong ? "TOO LONG" : Encoding.UTF8.GetString(line.Bytes.Span));

            Assert.Equal(lines, read);
        }
    }

    [Fact]
    public async Task Read_NothingComes_EndsWhenItIsCancelled()
    {
        using var input = new SilentStream();
        using var stop = new CancellationTokenSource();
        var reading = new LineReader(input, maxLength: 5).ReadAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    /// <summary>Gives so many bytes a read at most.</summary>
    private sealed class SlicedStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }

    /// <summary>A console on which nobody types: it does not hear of a cancellation.</summary>
    private sealed class SilentStream : MemoryStream
    {
        private readonly TaskCompletionSource<int> _never = new();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(_never.Task);
    }
}
