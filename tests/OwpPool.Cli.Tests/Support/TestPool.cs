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

    public static async Task<TestPool> StartAsync(string database) =>
        new(await ServerProcess.StartAsync(typeof(TestPool).Assembly, database, ServerProcess.FreePort()));

    /// <summary>Ends it as a power cut would.</summary>
    public Task KillAsync() => _server.KillAsync();

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _server.DisposeAsync();
    }
}
