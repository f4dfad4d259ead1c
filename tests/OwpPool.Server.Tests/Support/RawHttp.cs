using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace OwpPool.Server.Tests.Support;

/// <summary>Requests as bytes, for those that a decent client would mend or not send at all.</summary>
public static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends the text, a character a byte, and reads until the server closes.</summary>
    /// <returns>The status and everything that was answered.</returns>
    public static async Task<(int Status, string Text)> SendAsync(Uri server, string request)
    {
        var bytes = await ExchangeAsync(server, [Encoding.Latin1.GetBytes(request)]);
        return (Parse(bytes)[0].Status, Encoding.UTF8.GetString(bytes));
    }

    /// <summary>Sends the bytes and reads until the server closes.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="parts">Sent one after the other, as far as the server takes them.</param>
    /// <param name="half">Whether the client says that nothing more comes.</param>
    /// <returns>All final answers in order; none if the server closed, or spoke something else.</returns>
    public static async Task<IReadOnlyList<Answer>> SendAsync(Uri server, IEnumerable<ReadOnlyMemory<byte>> parts, bool half = false) =>
        Parse(await ExchangeAsync(server, parts, half));

    /// <summary>Sends the bytes and leaves without reading an answer.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="request">What is sent.</param>
    /// <param name="until">What is waited for before the client leaves; default nothing.</param>
    public static async Task SendAndLeaveAsync(Uri server, ReadOnlyMemory<byte> request, Func<Task>? until = null)
    {
        using var client = new TcpClient { LingerState = new LingerOption(true, 0) };
        await client.ConnectAsync(server.Host, server.Port);
        await client.GetStream().WriteAsync(request);
        if (until is not null) await until();
    }

    private static async Task<byte[]> ExchangeAsync(Uri server, IEnumerable<ReadOnlyMemory<byte>> parts, bool half = false)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, patience.Token);
        await using var stream = client.GetStream();
        var reading = ReadAsync(stream, patience.Token);
        try
        {
            foreach (var part in parts) await stream.WriteAsync(part, patience.Token);
            if (half) client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            // The server has said what it thinks of the request and listens no more.
        }
        return await reading;
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count) whole.Write(buffer, 0, count);
        }
        catch (IOException)
        {
            // Reset: what came before it counts.
        }
        return whole.ToArray();
    }

    private static List<Answer> Parse(ReadOnlySpan<byte> bytes)
    {
        var answers = new List<Answer>();
        while (bytes.StartsWith("HTTP/1.1 "u8) && bytes.IndexOf("\r\n\r\n"u8) is > 0 and var end)
        {
            var lines = Encoding.UTF8.GetString(bytes[..end]).Split("\r\n");
            bytes = bytes[(end + 4)..];
            var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
            if (status < 200) continue;
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var line in lines[1..])
            {
                var (name, value) = (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim());
                headers[name] = headers.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
            }
            var length = headers.TryGetValue("Content-Length", out var said) ? int.Parse(said, CultureInfo.InvariantCulture) : bytes.Length;
            // The answer to HEAD has a length and no body.
            var body = bytes[..Math.Min(length, bytes.Length)];
            bytes = bytes[body.Length..];
            answers.Add(new Answer(status, headers.GetValueOrDefault("Content-Type")?.Split(';')[0], headers,
                Encoding.UTF8.GetString(body)));
        }
        return answers;
    }
}
