using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>A server process opens its HTTP port and nothing else, so nobody on the machine reaches its grains, and servers on one machine
/// do not meet.</summary>
public sealed class LoneSiloTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("owp-lone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Server_AtWork_ListensOnItsHttpPortOnly()
    {
        // The table of sockets is Linux's.
        if (!OperatingSystem.IsLinux()) return;
        await using var server = await ServerProcess.StartAsync(
            typeof(LoneSiloTests).Assembly, Path.Combine(_folder.FullName, "pool.db"), TestPorts.Take());
        await RegisterAsync(server);
        Assert.Equal([server.Address.Port], OpenSockets.PortsOf(server.Id));
        // The runtime's own, which its user alone can open.
        Assert.All(OpenSockets.UnixSocketsOf(server.Id), name => Assert.Contains("dotnet-diagnostic-", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task TwoServers_StartedAtOnce_EachKeepsItsOwnWorkers()
    {
        await using var one = Start("one.db");
        await using var other = Start("other.db");
        await Task.WhenAll(one.BecomeReadyAsync(), other.BecomeReadyAsync());
        var (tokenOfOne, tokenOfOther) = (await RegisterAsync(one), await RegisterAsync(other));
        Assert.Equal(HttpStatusCode.OK, await AskForWorkAsync(one, tokenOfOne));
        Assert.Equal(HttpStatusCode.OK, await AskForWorkAsync(other, tokenOfOther));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskForWorkAsync(one, tokenOfOther));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskForWorkAsync(other, tokenOfOne));

        ServerProcess Start(string database) =>
            ServerProcess.Start(typeof(LoneSiloTests).Assembly, Path.Combine(_folder.FullName, database), TestPorts.Take());
    }

    private static async Task<string> RegisterAsync(ServerProcess server)
    {
        using var client = server.Client();
        using var answer = await client.PostAsJsonAsync("/v1/workers/register", new { name = "lone" });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["token"]!;
    }

    private static async Task<HttpStatusCode> AskForWorkAsync(ServerProcess server, string token)
    {
        using var client = server.Client(token);
        using var answer = await client.GetAsync("/v1/work");
        return answer.StatusCode;
    }
}
