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

    /// <summary>A worker that holds the task of issue 1 of a new repo, whose sync asks for these permissions.</summary>
    public async Task<Held> HoldIssueAsync(string permissions, Action? beforeLease = null)
    {
        var repo = await Server.AddRepoAsync();
        Assert.Equal(200, (await SyncAsync(repo, $$"""{"sync_type":"bidirectional","write_permissions":{{permissions}}}""")).Status);
        return await HoldIssueOfAsync(repo, 1, beforeLease);
    }

    /// <summary>A worker that holds the task of a new issue.</summary>
    public async Task<Held> HoldIssueOfAsync(string repo, int number, Action? beforeLease = null)
    {
        var skill = Path.GetFileNameWithoutExtension(Path.GetRandomFileName());
        GitHub.AddIssue(repo, number, "Mend the roof", null, "pool:ready", $"skills:{skill}");
        var imported = (await ImportAsync(repo)).Json!["tasks"]!.AsArray();
        var taskId = (string)imported.Single(task => (int)task!["number"]! == number)!["task_id"]!;
        beforeLease?.Invoke();
        var (id, token) = await Server.RegisterAsync($$""","skills":["{{skill}}"],"github_handle":"@Ada" """);
        Assert.Single((await Server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        return new Held(repo, taskId, id, token);
    }
}
