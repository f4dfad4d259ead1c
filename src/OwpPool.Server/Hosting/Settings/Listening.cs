using System.Net;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>Where the server listens.</summary>
public static class Listening
{
    /// <summary>The address that the setting names; null if it names none.</summary>
    public static IPAddress? TryParse(string host) => host switch
    {
        "*" or "+" => IPAddress.IPv6Any,
        "localhost" => IPAddress.Loopback,
        _ => IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : null,
    };

    /// <summary>An address that a person on this machine can open.</summary>
    public static string ToUrl(IPAddress address, int port)
    {
        var shown = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : address;
        return $"http://{new IPEndPoint(shown, port)}";
    }
}
