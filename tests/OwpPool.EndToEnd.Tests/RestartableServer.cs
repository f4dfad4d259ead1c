using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests;

/// <summary>One server for all tests of a class, which run one after the other: its start costs more than most of them. It starts when the
/// first test wants it, and again, on the same port and database, after it was killed.</summary>
public abstract class RestartableServer(params (string Name, string Value)[] settings) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("owp-shared-").FullName;
    private readonly int _port = TestPorts.Take();
    private ServerProcess? _server;

    /// <summary>Its database.</summary>
    protected string Database => Path.Combine(_folder, "pool.db");

    /// <summary>The server, ready.</summary>
    public async Task<ServerProcess> UpAsync() => _server ??= await ServerProcess.StartAsync(GetType().Assembly, Database, _port, settings);

    /// <summary>SIGKILL, if it is up.</summary>
    public async Task KillAsync()
    {
        if (_server is not { } server) return;
        _server = null;
        await server.DisposeAsync();
    }

    /// <inheritdoc />
    public virtual Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
