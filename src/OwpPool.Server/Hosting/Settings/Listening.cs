using System.Net;
using System.Net.Sockets;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>Where the server listens.</summary>
public static class Listening
{
    /// <summary>The address that the setting names; null if it names none.</summary>
    public static IPAddress? TryParse(string host) => host switch
    {
        // Takes IPv4 too, where there is IPv6 at all.
        "*" or "+" => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any,
        "localhost" => IPAddress.Loopback,
        _ => IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : null,
    };

    /// <summary>Listens for an instant, so that a port that is taken is found before the database is opened or made.</summary>
    /// <exception cref="SocketException">It cannot be had.</exception>
    public static void Try(ServerOptions options)
    {
        var listener = new TcpListener(TryParse(options.Host)!, options.Port);
        listener.Start();
        listener.Stop();
    }

    /// <summary>Whether a text is an address that a server can be told to have.</summary>
    public static bool IsPublicUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https")
        && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0;

    /// <summary>An address that a person on this machine can open.</summary>
    public static string ToUrl(IPAddress address, int port)
    {
        var shown = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : address;
        return $"http://{new IPEndPoint(shown, port)}";
    }
}
