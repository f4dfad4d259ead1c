using System.Text;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Support;

/// <summary>A running server and an admin's client to it.</summary>
internal sealed class TestPool : IAsyncDisposable
{
    private readonly ServerProcess _server;

    private TestPool(ServerProcess server)
    {
        _server = server;
        Admin = PoolClient.Connect(server.Address, new PoolClientOptions { AdminToken = ServerProcess.AdminToken });
    }

    public Uri Address => _server.Address;

    public PoolClient Admin { get; }

    public static async Task<TestPool> StartAsync(string database, params (string Name, string Value)[] settings) =>
        new(await ServerProcess.StartAsync(typeof(TestPool).Assembly, database, TestPorts.Take(), settings));

    /// <summary>As its maintainers do over HTTP.</summary>
    public async Task PostAsAdminAsync(string path, string json)
    {
        using var admin = _server.Admin();
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await admin.PostAsync(new Uri(path, UriKind.Relative), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Ends it as a power cut would.</summary>
    public Task KillAsync() => _server.KillAsync();

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _server.DisposeAsync();
    }
}
