using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.RateLimits;
using OwpPool.Server.Hosting.Settings;
using IPNetwork = System.Net.IPNetwork;

namespace OwpPool.Server.Hosting.Connections;

/// <summary>Counts the open connections, of all callers and of each remote address, and closes those that send nothing. Whoever comes when
/// all places are taken gets one of a few further ones, on which only health is answered.</summary>
/// <remarks>The proxies that are trusted speak for many callers: no limit of an address holds for them. Thread-safe.</remarks>
public sealed partial class ConnectionGate(IOptions<ServerOptions> options, TimeProvider clock, ILogger<ConnectionGate> logger)
{
    /// <summary>Places beyond the limit, for health.</summary>
    public const int HealthPlaces = 32;

    /// <summary>How many of them one address may have.</summary>
    public const int HealthPlacesPerAddress = 4;

    /// <summary>Files that are left for the database, for health and for connections to others.</summary>
    internal const int ReservedFiles = 128;

    private const int LeastPlaces = 8;

    private readonly IReadOnlyList<IPNetwork> _proxies = TrustedProxies.TryParse(options.Value.TrustedProxies) ?? [];
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Held> _byAddress = [];
    private int _places = options.Value.MaxConnections;
    private int _served;
    private int _forHealth;

    /// <summary>Connections that are open, those for health included.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _served + _forHealth;
        }
    }

    /// <summary>Connections that are served at once.</summary>
    public int Places => _places;

    /// <summary>Holds the limit against the files that the process may open: a connection that cannot be taken would be tried again and
    /// again, and the database needs files too.</summary>
    /// <param name="limit">Files that the process may have open; null = any number.</param>
    /// <param name="open">Files that it has open.</param>
    public void Fit(int? limit, int? open)
    {
        if (limit is not { } most || open is not { } used || most - used - ReservedFiles >= options.Value.MaxConnections) return;
        _places = Math.Max(LeastPlaces, most - used - ReservedFiles);
        LogFitted(logger, _places, options.Value.MaxConnections, most);
    }

    /// <summary>Serves a connection, or closes it.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var remote = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var address = RemoteNetwork.Of(remote);
        if (Enter(address, IsProxy(remote)) is not { } isForHealth)
        {
            LogRefused(logger, address);
            connection.Abort();
            return;
        }
        try
        {
            if (isForHealth) connection.Features.Set(HealthConnection.Instance);
            if (await HasSentAsync(connection)) await next(connection);
        }
        finally
        {
            Leave(address, isForHealth);
        }
    }

    /// <returns>Whether the place is for health only; null = there is none.</returns>
    private bool? Enter(IPAddress address, bool isProxy)
    {
        var limits = options.Value;
        lock (_gate)
        {
            var held = _byAddress.GetValueOrDefault(address);
            if (_served < _places && (isProxy || held.Served < limits.MaxConnectionsPerAddress))
            {
                _served++;
                _byAddress[address] = held with { Served = held.Served + 1 };
                return false;
            }
            if (_forHealth >= HealthPlaces || held.ForHealth >= HealthPlacesPerAddress) return null;
            _forHealth++;
            _byAddress[address] = held with { ForHealth = held.ForHealth + 1 };
            return true;
        }
    }

    private bool IsProxy(IPAddress? remote)
    {
        if (remote is null) return false;
        var address = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        return _proxies.Any(network => network.Contains(address));
    }

    private void Leave(IPAddress address, bool isForHealth)
    {
        lock (_gate)
        {
            var held = _byAddress[address];
            held = isForHealth ? held with { ForHealth = held.ForHealth - 1 } : held with { Served = held.Served - 1 };
            if (isForHealth) _forHealth--;
            else _served--;
            if (held == default) _byAddress.Remove(address);
            else _byAddress[address] = held;
        }
    }

    /// <summary>Waits for the first byte. Kestrel's own limits begin with it.</summary>
    private async Task<bool> HasSentAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.FirstByteSeconds), clock);
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        // Both end the wait and not the reader.
        await using var silent = patience.Token.Register(input.CancelPendingRead);
        await using var stopped = stopping.Register(input.CancelPendingRead);
        try
        {
            var read = await input.ReadAsync(CancellationToken.None);
            var hasSent = !read.Buffer.IsEmpty;
            // Nothing is taken and nothing looked at: what reads next finds all of it.
            input.AdvanceTo(read.Buffer.Start);
            return hasSent;
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The client has left, as clients do.
            return false;
        }
    }

    [LoggerMessage(EventId = 451, Level = LogLevel.Debug, Message = "Closed a connection from {Address}: all places are taken.")]
    private static partial void LogRefused(ILogger logger, IPAddress address);

    [LoggerMessage(EventId = 452, Level = LogLevel.Warning, Message = "Serves {Places} connections at once instead of {Configured}: the process "
        + "may open {Limit} files only. Raise its limit (ulimit -n, LimitNOFILE), or set OwpPool__Server__MaxConnections.")]
    private static partial void LogFitted(ILogger logger, int places, int configured, int limit);

    private readonly record struct Held(int Served, int ForHealth);
}

/// <summary>Marks a connection on which only health is answered.</summary>
public sealed class HealthConnection
{
    private HealthConnection()
    {
    }

    internal static HealthConnection Instance { get; } = new();
}
