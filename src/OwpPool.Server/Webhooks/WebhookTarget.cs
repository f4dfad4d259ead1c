using System.Net;
using System.Net.Sockets;

namespace OwpPool.Server.Webhooks;

/// <summary>Where a webhook may lead: nowhere that only this machine can reach (SSRF). The name is judged when it is registered; the
/// address behind it each time a connection is made, and that very address is the one connected to.</summary>
public static class WebhookTarget
{
    /// <summary>Longest address, in characters.</summary>
    public const int MaxLength = 2000;

    private static readonly string[] PrivateSuffixes = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];

    /// <summary>What the Internet does not route, or routes to the reader itself (IANA's special-purpose registry).</summary>
    private static readonly IPNetwork[] NotPublic = [.. new[]
    {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    }.Select(network => IPNetwork.Parse(network))];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>What is wrong with an address; null = nothing.</summary>
    public static string? WhyNot(string text, WebhookOptions options)
    {
        var schemes = options.AllowHttp ? "https or http" : "https";
        if (text.Length > MaxLength) return $"must have at most {MaxLength} characters";
        if (text.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || text.Contains('\\', StringComparison.Ordinal)
            || !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || !(url.Scheme == Uri.UriSchemeHttps || (options.AllowHttp && url.Scheme == Uri.UriSchemeHttp)))
            return $"must be an {schemes} address";
        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0 || text.Contains('@', StringComparison.Ordinal))
            return "must not name a user or a fragment";
        return options.AllowPrivateAddresses || IsPublicName(url) ? null : "must lead to a public host";
    }

    /// <summary>Whether the Internet routes the address to somebody else.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (Array.Exists(NotPublic, network => network.Contains(address))) return false;
        return address.AddressFamily is AddressFamily.InterNetwork || GlobalUnicast.Contains(address);
    }

    /// <summary>Connects to the host of a webhook; the addresses are looked up once, and all of them must be public.</summary>
    /// <exception cref="WebhookTargetException">One is not.</exception>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint host, bool allowPrivate, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(host.Host, cancellationToken);
        if (!allowPrivate && !Array.TrueForAll(addresses, IsPublic)) throw new WebhookTargetException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, host.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsPublicName(Uri url)
    {
        if (url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6) return IsPublic(IPAddress.Parse(url.Host.Trim('[', ']')));
        var name = url.IdnHost.TrimEnd('.').ToLowerInvariant();
        // A name without a dot is one of the own network.
        return url.HostNameType is UriHostNameType.Dns && name.Contains('.', StringComparison.Ordinal)
            && !Array.Exists(PrivateSuffixes, suffix => name.EndsWith(suffix, StringComparison.Ordinal));
    }
}

/// <summary>A webhook's host has an address that is not public.</summary>
public sealed class WebhookTargetException() : IOException("The host of the webhook has an address that is not public.");
