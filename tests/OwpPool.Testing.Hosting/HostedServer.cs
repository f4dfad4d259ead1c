using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Storage;

namespace OwpPool.Testing.Hosting;

/// <summary>The real server inside the test's own process: settings, storage, silo and Kestrel as in a run of its own, on a free loopback
/// port. Its code is compiled once for all tests, where each <see cref="ServerProcess"/> compiles it anew; in return it cannot be killed.
/// </summary>
public sealed class HostedServer : IAsyncDisposable
{
    private readonly Dictionary<string, string> _variables;
    private readonly Action<IServiceCollection>? _configure;
    private bool _running;

    private HostedServer(string database, (string Name, string Value)[] settings, Action<IServiceCollection>? configure)
    {
        _configure = configure;
        _variables = new Dictionary<string, string>
        {
            ["OWP_PORT"] = "0",
            ["OWP_DB_PATH"] = database,
            ["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken,
            ["LOG_LEVEL"] = "none",
        };
        foreach (var (name, value) in settings) _variables[name] = value;
    }

    public WebApplication App { get; private set; } = null!;

    public SqliteStorage Storage { get; private set; } = null!;

    /// <summary>The path of its database.</summary>
    public string Database => _variables["OWP_DB_PATH"];

    /// <summary>Where it listens; another after each start.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts a server, and returns when it is ready.</summary>
    /// <param name="database">Path of its file; made if missing, and left there.</param>
    /// <param name="settings">Environment variables.</param>
    /// <param name="configure">A last word on the services.</param>
    /// <exception cref="ArgumentException">A setting is out of its bounds; the message names each.</exception>
    public static async Task<HostedServer> StartAsync(
        string database, (string Name, string Value)[] settings, Action<IServiceCollection>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var server = new HostedServer(database, settings, configure);
        await server.StartAgainAsync().ConfigureAwait(false);
        return server;
    }

    /// <summary>Starts it on the same file once more, after <see cref="StopAsync"/>.</summary>
    /// <param name="changed">Environment variables that are others from now on.</param>
    public async Task StartAgainAsync(params (string Name, string Value)[] changed)
    {
        foreach (var (name, value) in changed) _variables[name] = value;
        var faults = new List<string>();
        var settings = PoolSettings.Load(_variables, Path.GetDirectoryName(Database)!, faults);
        if (faults.Count > 0) throw new ArgumentException(string.Join('\n', faults));
        Storage = SqliteStorage.Open(settings.ToStorage());
        App = PoolServer.Build(settings, Storage, new StartupSilence(), _configure);
        AdminTokenFile.SetUp(App.Services.GetRequiredService<AdminToken>(), settings.Admin.Token, Storage.Options.Path);
        await App.StartAsync().ConfigureAwait(false);
        _running = true;
        Address = new Uri(PoolServer.UrlOf(App));
        using var client = new HttpClient { BaseAddress = Address };
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative)).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }, "the server is ready").ConfigureAwait(false);
    }

    /// <summary>Stops it as SIGTERM does. Does nothing if it is stopped.</summary>
    public async Task StopAsync()
    {
        if (!_running) return;
        _running = false;
        await App.StopAsync().ConfigureAwait(false);
        await App.DisposeAsync().ConfigureAwait(false);
        await Storage.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);
}
