using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>A server and a GitHub of its own for one test.</summary>
public sealed class ConnectedServer : IAsyncDisposable
{
    private ConnectedServer(FakeGitHub github, TestServer server) => (GitHub, Server) = (github, server);

    public FakeGitHub GitHub { get; }

    public TestServer Server { get; }

    public static async Task<ConnectedServer> StartAsync(params (string Name, string Value)[] variables)
    {
        var github = await FakeGitHub.StartAsync();
        var server = await TestServer.StartAsync(
        [
            .. new[]
            {
                ("OwpPool__GitHub__ApiUrl", github.Url), ("GITHUB_TOKEN", FakeGitHub.Token),
                    ("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret),
                ("OwpPool__GitHub__RetryDelayMilliseconds", "1"), ("OwpPool__GitHub__WritePauseMilliseconds", "0"),
                ("OwpPool__GitHub__ReconcileSeconds", "86400"),
            },
            .. variables,
        ]);
        return new ConnectedServer(github, server);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await GitHub.DisposeAsync();
    }

    public Task<Answer> SyncAsync(string repo, string body = """{"sync_type":"read_only"}""") =>
        Server.PostAsync($"/v1/github/repos/{repo}/sync", body, admin: TestServer.AdminToken);

    public Task<Answer> ImportAsync(string repo, string body = "") =>
        Server.PostAsync($"/v1/github/repos/{repo}/import", body, admin: TestServer.AdminToken);
}
