using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Storage;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Support;

/// <summary>A server of one test's own, which can be stopped and started again on the same file, with settings and a clock of its own.
/// </summary>
public sealed class OwnServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("owp-own-");
    private readonly TimeProvider? _clock;
    private readonly Dictionary<string, string> _variables;
    private HttpClient? _client;

    private OwnServer(TimeProvider? clock, (string Name, string Value)[] settings)
    {
        _clock = clock;
        _variables = new Dictionary<string, string>
        {
            ["OWP_PORT"] = "0",
            ["OWP_DB_PATH"] = Database,
            ["OWP_ADMIN_TOKEN"] = TestServer.AdminToken,
            ["LOG_LEVEL"] = "none",
        };
        foreach (var (name, value) in settings) _variables[name] = value;
    }

    public string Database => Path.Combine(_folder.FullName, "pool.db");

    public WebApplication App { get; private set; } = null!;

    public SqliteStorage Storage { get; private set; } = null!;

    public static Task<OwnServer> StartAsync(params (string Name, string Value)[] settings) => StartAsync(null, settings);

    public static async Task<OwnServer> StartAsync(TimeProvider? clock, params (string Name, string Value)[] settings)
    {
        var server = new OwnServer(clock, settings);
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        var faults = new List<string>();
        var settings = PoolSettings.Load(_variables, _folder.FullName, faults);
        Assert.Empty(faults);
        Storage = SqliteStorage.Open(settings.ToStorage());
        App = PoolServer.Build(settings, Storage, new StartupSilence(), services =>
        {
            if (_clock is not null) services.AddSingleton(_clock);
        });
        AdminTokenFile.SetUp(Get<AdminToken>(), settings.Admin.Token, Storage.Options.Path);
        await App.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(PoolServer.UrlOf(App)) };
        await Eventually.TrueAsync(async () => (await SendAsync(HttpMethod.Get, "/readyz")).Status == 200, "the server is ready");
    }

    public async Task StopAsync()
    {
        _client!.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        await Storage.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    public T Get<T>() where T : notnull => App.Services.GetRequiredService<T>();

    public Task<Answer> GetAsync(string path, string? worker = null) => SendAsync(HttpMethod.Get, path, worker: worker);

    public Task<Answer> PostAsync(string path, string body, string? worker = null, string? admin = null, string? key = null) =>
        SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"), worker, admin,
            key is null ? null : ("Idempotency-Key", key));

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, string? worker = null, string? admin = null,
        (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (worker is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", worker);
        if (admin is not null) request.Headers.Add("X-Admin-Token", admin);
        if (header is { } extra) request.Headers.TryAddWithoutValidation(extra.Name, extra.Value);
        using var response = await _client!.SendAsync(request);
        return await Answer.ReadAsync(response);
    }
}
