using System.Text;
using OwpPool.Client;
using OwpPool.Testing;
using OwpPool.Testing.Hosting;

namespace OwpPool.Cli.Tests.Support;

/// <summary>A running server and an admin's client to it.</summary>
internal sealed class TestPool : IAsyncDisposable
{
    private readonly IAsyncDisposable _server;

    private TestPool(IAsyncDisposable server, Uri address)
    {
        (_server, Address) = (server, address);
        Admin = PoolClient.Connect(address, new PoolClientOptions { AdminToken = ServerProcess.AdminToken });
    }

    public Uri Address { get; }

    public PoolClient Admin { get; }

    /// <summary>A server in this process.</summary>
    public static async Task<TestPool> StartAsync(string database, params (string Name, string Value)[] settings)
    {
        var server = await HostedServer.StartAsync(database, settings);
        return new TestPool(server, server.Address);
    }

    /// <summary>A server that can be killed.</summary>
    public static async Task<TestPool> StartProcessAsync(string database, int port, params (string Name, string Value)[] settings)
    {
        var server = await ServerProcess.StartAsync(typeof(TestPool).Assembly, database, port, settings);
        return new TestPool(server, server.Address);
    }

    /// <summary>As its maintainers do over HTTP.</summary>
    public async Task PostAsAdminAsync(string path, string json)
    {
        using var admin = new HttpClient { BaseAddress = Address };
        admin.DefaultRequestHeaders.Add("X-Admin-Token", ServerProcess.AdminToken);
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await admin.PostAsync(new Uri(path, UriKind.Relative), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Ends it as a power cut would.</summary>
    /// <exception cref="InvalidCastException">It is not a process of its own.</exception>
    public Task KillAsync() => ((ServerProcess)_server).KillAsync();

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _server.DisposeAsync();
    }
}
