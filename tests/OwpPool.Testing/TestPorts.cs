using System.Net;
using System.Net.Sockets;

namespace OwpPool.Testing;

/// <summary>Loopback ports for servers of tests. A port is given once: no other test, of this process or another, gets it while the server
/// is not up yet or is down for a while, so that no test talks to another test's server.</summary>
public static class TestPorts
{
    // Below those that the system gives to connections: a client that tries again and again while its server is down would else be given
    // the server's port, reach itself, and keep the server from coming back.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Mine = [];

    /// <summary>Shared by all test processes of a user. Who has a port holds the lock of its byte, until the process ends.</summary>
    private static readonly FileStream Ledger = new(Path.Combine(Path.GetTempPath(), $"owp-test-ports-{Environment.UserName}"),
        FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>A port that nobody listens on now and no other test has.</summary>
    public static int Take()
    {
        lock (Gate)
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
            // .NET has no locks of bytes on macOS: there only the tests of one process are kept apart.
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
