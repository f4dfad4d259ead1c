using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using OwpPool.Server.Hosting.Connections;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Connections that take the places of others (threats M6). All of 127.0.0.0/8 is this machine, so a test has many addresses.</summary>
public sealed class ConnectionTests
{
    private static readonly IPAddress Stranger = IPAddress.Parse("127.0.0.66");
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.67");

    [Fact]
    public async Task AllPlacesTaken_ByIdleConnectionsOfOneAddress_HealthAnswersAndNothingElse()
    {
        await using var server = await OwnServer.StartAsync(new ManualTimeProvider(), ("OwpPool__Server__MaxConnections", "8"));
        var gate = server.Get<ConnectionGate>();
        using var idle = await OpenAsync(server, Stranger, 8, gate);
        foreach (var path in new[] { "/livez", "/readyz", "/healthz", "/health" })
        {
            var answer = await AskAsync(server, Other, path);
            Assert.Equal((200, "close"), (answer.Status, answer.Headers["Connection"]));
        }
        // The one who took all places has a few for health as well, and no more.
        Assert.Equal(200, (await AskAsync(server, Stranger, "/livez")).Status);
        var refused = await AskAsync(server, Other, "/v1");
        refused.MustBeProblem(503, "unavailable");
        Assert.Equal("close", refused.Headers["Connection"]);
        idle.Dispose();
        await Eventually.TrueAsync(async () => (await AskAsync(server, Other, "/v1")).Status == 200, "there is room again");
    }

    [Fact]
    public async Task OneAddress_AtItsLimit_HasNoMoreAndOthersAreServed()
    {
        await using var server = await OwnServer.StartAsync(new ManualTimeProvider(), ("OwpPool__Server__MaxConnectionsPerAddress", "3"));
        var gate = server.Get<ConnectionGate>();
        using var idle = await OpenAsync(server, Stranger, 3, gate);
        (await AskAsync(server, Stranger, "/v1")).MustBeProblem(503, "unavailable");
        Assert.Equal(200, (await AskAsync(server, Other, "/v1")).Status);
        // Idle ones on the places for health: the next is closed without an answer.
        using var more = await OpenAsync(server, Stranger, ConnectionGate.HealthPlacesPerAddress, gate, before: 3);
        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(server, Stranger, "/livez"));
        Assert.Equal(200, (await AskAsync(server, Other, "/livez")).Status);
    }

    [Fact]
    public async Task TrustedProxy_HasNoLimitOfItsAddress()
    {
        await using var server = await OwnServer.StartAsync(new ManualTimeProvider(),
            ("OwpPool__Server__MaxConnectionsPerAddress", "2"), ("OwpPool__Server__TrustedProxies", Stranger.ToString()));
        using var many = await OpenAsync(server, Stranger, 9, server.Get<ConnectionGate>());
        Assert.Equal(200, (await AskAsync(server, Stranger, "/v1")).Status);
    }

    [Fact]
    public async Task Connection_ThatSendsNothing_IsClosedInTimeAndOneThatSentIsNot()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock, ("OwpPool__Server__FirstByteSeconds", "5"));
        var gate = server.Get<ConnectionGate>();
        using var silent = await OpenAsync(server, Stranger, 1, gate);
        using var talking = new TcpClient(new IPEndPoint(Other, 0));
        await talking.ConnectAsync(server.Address());
        await talking.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /v1 HTTP/1.1\r\nHost: {server.Address()}\r\n\r\n"));
        Assert.Equal((byte)'H', (byte)talking.GetStream().ReadByte());
        await Eventually.TrueInTimeAsync(() => clock.Advance(TimeSpan.FromSeconds(1)),
            () => Task.FromResult(gate.Count == 1), "the silent one is closed");
        await talking.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /v1 HTTP/1.1\r\nHost: {server.Address()}\r\nConnection: close\r\n\r\n"));
        using var rest = new StreamReader(talking.GetStream());
        // The first letter of the first answer is read already.
        Assert.Equal(2, (await rest.ReadToEndAsync()).Split("TTP/1.1 200 OK").Length - 1);
    }

    [Fact]
    public async Task Stop_ConnectionsThatSentNothing_AreNotWaitedFor()
    {
        await using var server = await OwnServer.StartAsync(new ManualTimeProvider(), ("OwpPool__Server__StopSeconds", "60"));
        using var idle = await OpenAsync(server, Stranger, 3, server.Get<ConnectionGate>());
        // The clock stands still: nothing but the stop itself can end their wait.
        await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(50));
    }

    /// <summary>Connections that send nothing, beside none or those that the test has opened before.</summary>
    private static async Task<Sockets> OpenAsync(OwnServer server, IPAddress from, int count, ConnectionGate gate, int before = 0)
    {
        await Eventually.TrueAsync(() => gate.Count == before, "the start's own connections are gone");
        var sockets = new Sockets();
        for (var i = 0; i < count; i++)
        {
            var client = new TcpClient(new IPEndPoint(from, 0));
            sockets.Add(client);
            await client.ConnectAsync(server.Address());
        }
        await Eventually.TrueAsync(() => gate.Count == before + count, "they are counted");
        return sockets;
    }

    private static async Task<Answer> AskAsync(OwnServer server, IPAddress from, string path)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(server.Address(), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"http://{server.Address()}") };
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return await Answer.ReadAsync(response);
    }

    private sealed class Sockets : List<TcpClient>, IDisposable
    {
        public void Dispose()
        {
            foreach (var client in this) client.Dispose();
            Clear();
        }
    }
}

internal static class OwnServerAddress
{
    public static IPEndPoint Address(this OwnServer server)
    {
        var url = new Uri(Server.Hosting.PoolServer.UrlOf(server.App));
        return new IPEndPoint(IPAddress.Parse(url.Host), url.Port);
    }
}
