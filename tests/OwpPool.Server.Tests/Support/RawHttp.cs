using System.Net.Sockets;
using System.Text;

namespace OwpPool.Server.Tests.Support;

/// <summary>Requests that no decent client would send.</summary>
public static class RawHttp
{
    /// <summary>Sends the bytes and reads until the server closes.</summary>
    /// <returns>The status and the whole answer.</returns>
    public static async Task<(int Status, string Text)> SendAsync(Uri server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        return (int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), text);
    }
}
