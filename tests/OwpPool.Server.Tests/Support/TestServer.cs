using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OwpPool.Storage;
using OwpPool.Testing;
using OwpPool.Testing.Hosting;

namespace OwpPool.Server.Tests.Support;

/// <summary>A server with a database of its own, and requests to it.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string AdminToken = ServerProcess.AdminToken;

    private readonly DirectoryInfo _folder;
    private readonly HostedServer _server;
    private readonly HttpClient _client;

    private TestServer(DirectoryInfo folder, HostedServer server)
    {
        (_folder, _server) = (folder, server);
        _client = new HttpClient { BaseAddress = Address };
    }

    public WebApplication App => _server.App;

    public SqliteStorage Storage => _server.Storage;

    public Uri Address => _server.Address;

    public T Get<T>() where T : notnull => App.Services.GetRequiredService<T>();

    public static Task<TestServer> StartAsync(params (string Name, string Value)[] variables) => StartAsync(null, variables);

    public static async Task<TestServer> StartAsync(Action<IServiceCollection>? configure, params (string Name, string Value)[] variables)
    {
        var folder = Directory.CreateTempSubdirectory("owp-server-");
        // All tests come from one address, register faster than any fleet, and some send hundreds of wrong credentials.
        (string, string)[] settings = [("OwpPool__RateLimits__RegistrationBurst", "100000"),
            ("OwpPool__RateLimits__RefusedCredentialsBurst", "100000"), .. variables];
        return new TestServer(folder, await HostedServer.StartAsync(Path.Combine(folder.FullName, "pool.db"), settings, configure));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    public Task<Answer> GetAsync(string path, string? worker = null, string? admin = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Get, path, null, worker, admin, cancellationToken: cancellationToken);

    public Task<Answer> PostAsync(string path, string body, string? worker = null, string? admin = null) =>
        SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"), worker, admin);

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, HttpContent? content, string? worker = null, string? admin = null,
        Action<HttpRequestMessage>? with = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (worker is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", worker);
        if (admin is not null) request.Headers.Add("X-Admin-Token", admin);
        with?.Invoke(request);
        using var response = await _client.SendAsync(request, cancellationToken);
        var answer = await Answer.ReadAsync(response);
        await DocumentedAnswers.CheckAsync(App, method.Method, request.RequestUri!, answer);
        return answer;
    }

    /// <summary>A new worker's id and token.</summary>
    public async Task<(string Id, string Token)> RegisterAsync(string fields = "")
    {
        var answer = await PostAsync("/v1/workers/register", $$"""{"name":"Test"{{fields}}}""");
        Assert.Equal(201, answer.Status);
        return (answer.Text("worker_id"), answer.Text("token"));
    }

    /// <summary>A new repo.</summary>
    public async Task<string> AddRepoAsync(string fields = "")
    {
        var repo = $"acme/{Path.GetRandomFileName()}";
        // As in a pool that GitHub tells nothing, whatever other tests of the server need; with room for the pull requests that tests name.
        var authority = fields.Contains("merge_authority", StringComparison.Ordinal) ? "" : ""","merge_authority":"worker" """;
        var pulls = fields.Contains("pr_repos", StringComparison.Ordinal) ? "" : ""","pr_repos":["acme/web","acme/shop"]""";
        var answer = await PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"{{authority}}{{pulls}}{{fields}}}""", admin: AdminToken);
        Assert.Equal(201, answer.Status);
        return repo;
    }

    /// <summary>A new task; asks for a skill that only the test's own worker has, for all tests share one pool.</summary>
    public async Task<string> AddTaskAsync(string repo, string fields = "")
    {
        var answer = await PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"Mend the roof"{{fields}}}""", admin: AdminToken);
        Assert.Equal(201, answer.Status);
        return answer.Text("task_id");
    }

    /// <summary>A new worker that holds a new task in a new repo.</summary>
    public async Task<(string Token, JsonNode Lease)> LeaseAsync(string repoFields = "", string taskFields = "")
    {
        var skill = Path.GetRandomFileName();
        var repo = await AddRepoAsync(repoFields);
        var (_, token) = await RegisterAsync($$""","skills":["{{skill}}"]""");
        await AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]{{taskFields}}""");
        var answer = await GetAsync("/v1/work", token);
        return (token, Assert.Single(answer.Json!["leases"]!.AsArray())!);
    }
}

/// <summary>The collection of all tests that share one server.</summary>
[CollectionDefinition(Name)]
public sealed class SharedServer : ICollectionFixture<SharedServer.Fixture>
{
    public const string Name = "server";

    public sealed class Fixture : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync();

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
