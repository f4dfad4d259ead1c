using System.Net;
using System.Net.Sockets;

namespace OwpPool.Server.Hosting.RateLimits;

/// <summary>What counts as one remote address.</summary>
public static class RemoteNetwork
{
    private const int HostBytes = 8;

    /// <summary>An IPv4 address; of an IPv6 address its network of 64 bits, for whoever has one has them all; <see cref="IPAddress.None"/>
    /// where the address is not known.</summary>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(^HostBytes..).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Its name for the log.</summary>
    public static string NameOf(IPAddress network) => network.AddressFamily is AddressFamily.InterNetworkV6 ? $"{network}/64" : $"{network}";
}
