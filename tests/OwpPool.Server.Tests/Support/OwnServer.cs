using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OwpPool.Storage;
using OwpPool.Testing.Hosting;

namespace OwpPool.Server.Tests.Support;

/// <summary>A server of one test's own, which can be stopped and started again on the same file, with settings and a clock of its own.
/// </summary>
public sealed class OwnServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly HostedServer _server;
    private HttpClient _client;

    private OwnServer(DirectoryInfo folder, HostedServer server)
    {
        (_folder, _server) = (folder, server);
        _client = new HttpClient { BaseAddress = server.Address };
    }

    public string Database => _server.Database;

    public WebApplication App => _server.App;

    public SqliteStorage Storage => _server.Storage;

    public static Task<OwnServer> StartAsync(params (string Name, string Value)[] settings) => StartAsync(null, settings);

    public static async Task<OwnServer> StartAsync(TimeProvider? clock, params (string Name, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("owp-own-");
        return new OwnServer(folder, await HostedServer.StartAsync(Path.Combine(folder.FullName, "pool.db"), settings, services =>
        {
            if (clock is not null) services.AddSingleton(clock);
        }));
    }

    public async Task StartAgainAsync(params (string Name, string Value)[] changed)
    {
        await _server.StartAgainAsync(changed);
        _client = new HttpClient { BaseAddress = _server.Address };
    }

    public async Task StopAsync()
    {
        _client.Dispose();
        await _server.StopAsync();
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
        using var response = await _client.SendAsync(request);
        return await Answer.ReadAsync(response);
    }
}
