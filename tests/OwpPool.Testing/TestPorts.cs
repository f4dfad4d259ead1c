using System.Net;
using System.Net.Sockets;

namespace OwpPool.Testing;

/// <summary>Loopback ports, each for one test: also while no server listens there yet, or is down for a while, no test of another process
/// is given it. A server that another one's test reaches by chance would else answer in its place.</summary>
public static class TestPorts
{
    // Below those that the system gives to connections: a client that tries again and again while its server is down would else be given
    // the server's port, reach itself, and keep the server from coming back.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly Lock Lock = new();
    private static readonly HashSet<int> Mine = [];

    /// <summary>A byte for each port, locked by the process whose it is, until that process ends.</summary>
    private static readonly FileStream Ledger = new(
        Path.Combine(Path.GetTempPath(), $"owp-test-ports-{Environment.UserName}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>A port that nobody listens on now and no other test has.</summary>
    public static int Take()
    {
        lock (Lock)
        {
            while (true)
            {
                var port = Random.Shared.Next(First, Last);
                if (!Mine.Contains(port) && IsFree(port) && TryReserve(port)) return port;
            }
        }
    }

    private static bool TryReserve(int port)
    {
        try
        {
            // No system that the product's tests run on lacks it; the analyzer thinks of macOS.
            if (!OperatingSystem.IsMacOS()) Ledger.Lock(port, 1);
        }
        catch (IOException)
        {
            return false;
        }
        Mine.Add(port);
        return true;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
