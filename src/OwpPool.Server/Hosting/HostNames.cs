using System.Net;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting;

/// <summary>The names under which this server may be asked. A page on the internet whose name is made to lead to this machine (DNS rebinding)
/// is for the browser a page of this server, and may send anything to it; what gives it away is the name in <c>Host</c>.</summary>
/// <remarks>A server that only this machine reaches takes the names of this machine; any other takes all names, unless the operator lists
/// them. Both take the host of <c>PublicUrl</c>. A request without a name comes from no browser.</remarks>
public sealed class HostNames
{
    private const string Any = "*";

    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly bool _takesAny;
    private readonly bool _isLocal;

    /// <summary>The names by the settings, which are checked.</summary>
    public HostNames(ServerOptions options)
    {
        _isLocal = Listening.TryParse(options.Host) is { } address && IPAddress.IsLoopback(address);
        var listed = TryParse(options.AllowedHosts) ?? [];
        _takesAny = listed.Contains(Any) || (listed.Count == 0 && !_isLocal);
        _names.UnionWith(listed);
        _names.Add("localhost");
        if (Uri.TryCreate(options.PublicUrl, UriKind.Absolute, out var url)) _names.Add(url.IdnHost);
    }

    /// <summary>The names that the setting lists; null if one of them is none. <c>*</c> stands for all.</summary>
    public static IReadOnlyList<string>? TryParse(string setting)
    {
        var names = setting.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Array.TrueForAll(names, static name => name == Any || Uri.CheckHostName(name) is not UriHostNameType.Unknown) ? names : null;
    }

    /// <summary>Whether the server may be asked under this name.</summary>
    public bool Takes(HostString host)
    {
        if (_takesAny || !host.HasValue || host.Host.Length == 0) return true;
        var name = host.Host.TrimEnd('.');
        if (_names.Contains(name)) return true;
        // An address leads where it says: nobody can make it lead here. So probes, which ask by address, need no entry in the list.
        return IPAddress.TryParse(name.Trim('[', ']'), out var address) && (!_isLocal || IPAddress.IsLoopback(address));
    }
}
