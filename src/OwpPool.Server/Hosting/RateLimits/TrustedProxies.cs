using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace OwpPool.Server.Hosting.RateLimits;

/// <summary>Whose word is taken for where a request comes from.</summary>
public static class TrustedProxies
{
    /// <summary>The networks that the setting names; null if one of them is none.</summary>
    public static IReadOnlyList<IPNetwork>? TryParse(string setting)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in setting.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(text, out var network)) networks.Add(network);
            else if (IPAddress.TryParse(text, out var address)) networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else return null;
        }
        return networks;
    }

    /// <summary>Takes the remote address from <c>X-Forwarded-For</c> where a listed proxy sent it: the last address in it that is not a
    /// listed proxy's own. From anybody else, and where none is listed, the header means nothing.</summary>
    public static IApplicationBuilder UseTrustedProxies(this IApplicationBuilder app, string setting)
    {
        if (TryParse(setting) is not { Count: > 0 } networks) return app;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        // The framework's own list trusts loopback.
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in networks) options.KnownIPNetworks.Add(network);
        return app.UseForwardedHeaders(options);
    }
}
