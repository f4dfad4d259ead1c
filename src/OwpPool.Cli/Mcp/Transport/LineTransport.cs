using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace OwpPool.Cli.Mcp.Transport;

/// <summary>JSON-RPC messages over a pair of streams, a line each.</summary>
/// <remarks>The library's own transport leaves a line unanswered that it cannot read, ends at some of them, holds a line of any length, and
/// drops the answers to what was asked just before the input ended. Whoever asked would wait for them.</remarks>
internal sealed class LineTransport : TransportBase
{
    /// <summary>Longest line, in bytes: what an agent may paste by mistake still gets an answer to its own id.</summary>
    public const int MaxLineLength = 16 * 1024 * 1024;

    private readonly LineReader _lines;
    private readonly Stream _output;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _stop = new();

    public LineTransport(Stream input, Stream output) : base("owp", null)
    {
        _lines = new LineReader(input, MaxLineLength);
        _output = output;
        SetConnected();
        // Apart from the caller: reading standard input blocks a thread.
        InputEnded = Task.Run(ReadAsync);
    }

    /// <summary>Done when there is no more input.</summary>
    public Task InputEnded { get; }

    public override Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default) =>
        SendAsync(JsonSerializer.SerializeToUtf8Bytes(message, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage))),
            cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await InputEnded;
        _sending.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            var isFirst = true;
            while (await _lines.ReadAsync(_stop.Token) is { } line)
            {
                if (line.IsTooLong) await SendAsync(BadLine.AnswerToLongLine(MaxLineLength), _stop.Token);
                else await AcceptAsync(isFirst ? WithoutMark(line.Bytes) : line.Bytes);
                isFirst = false;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The session ends before the input does.
        }
        catch (IOException)
        {
            // The client is gone; so is whoever could be told.
        }
        finally
        {
            SetDisconnected();
        }
    }

    private async Task AcceptAsync(ReadOnlyMemory<byte> line)
    {
        if (line.Span.Trim(" \t\r"u8).IsEmpty) return;
        if (Parse(line.Span) is { } message) await WriteMessageAsync(message, _stop.Token);
        else if (BadLine.AnswerTo(line.Span) is { } answer) await SendAsync(answer, _stop.Token);
    }

    private static JsonRpcMessage? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return (JsonRpcMessage?)JsonSerializer.Deserialize(line, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage)));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task SendAsync(byte[] line, CancellationToken ct)
    {
        await _sending.WaitAsync(ct);
        try
        {
            // A line that is begun is written to its end: half of one would spoil the next.
            await _output.WriteAsync((byte[])[.. line, (byte)'\n'], CancellationToken.None);
            await _output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Some shells put a byte order mark before what they pipe.</summary>
    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> line) =>
        line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;
}
