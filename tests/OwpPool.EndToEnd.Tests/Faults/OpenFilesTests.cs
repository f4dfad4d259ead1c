using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>More clients connect than the process may have files open.</summary>
public sealed class OpenFilesTests : IDisposable
{
    private const int Limit = 450;
    private const int IdleConnections = 400;
    private const int Tasks = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("owp-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Connections_MoreThanFilesMayBeOpen_LeaveRoomForTheDatabaseAndAreTakenAgain()
    {
        await using var server = await ServerProcess.StartAsync(
            GetType().Assembly, Path.Combine(_folder, "pool.db"), TestPorts.Take(), ("TEST_OPEN_FILES", $"{Limit}"));
        await Eventually.TrueAsync(
            () => server.Errors.Contains($"the process may open {Limit} files only", StringComparison.Ordinal), "the lower limit is said");
        using var admin = server.Admin();
        await CreatedAsync(admin, "/v1/admin/repos", new { repo = "acme/shop" });

        var idle = new List<TcpClient>();
        try
        {
            for (var i = 0; i < IdleConnections; i++) idle.Add(await ConnectAsync(server.Address));
            // Over the connection that is open already. What finds no place is closed, so that the server never comes to its limit.
            for (var i = 0; i < Tasks; i++)
            {
                await CreatedAsync(admin, "/v1/admin/tasks", new { repo = "acme/shop", title = $"Task {i}" });
                Assert.InRange(await OpenFilesAsync(admin), 1, Limit - 20);
            }
        }
        finally
        {
            foreach (var client in idle) client.Dispose();
        }

        // Over new connections.
        await server.BecomeReadyAsync();
        using var fresh = server.Admin();
        await CreatedAsync(fresh, "/v1/admin/tasks", new { repo = "acme/shop", title = "Afterwards" });
        var state = await fresh.GetFromJsonAsync<JsonElement>("/v1/admin/state");
        Assert.Equal(Tasks + 1, state.GetProperty("tasks_ready").GetInt32());
    }

    private static async Task<TcpClient> ConnectAsync(Uri address)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, address.Port);
        }
        catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionReset)
        {
            // There was no place, and the server was quicker than this end.
        }
        return client;
    }

    private static async Task CreatedAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<int> OpenFilesAsync(HttpClient admin)
    {
        var text = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var line = Assert.Single(text.Split('\n'), line => line.StartsWith("process_open_fds ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
