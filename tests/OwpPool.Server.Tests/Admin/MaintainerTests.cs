using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Admin;

/// <summary>Maintainers by name, what a viewer may do, and invites (protocol §1 and §7).</summary>
public sealed class MaintainerTests(MaintainerTests.Pool pool) : IClassFixture<MaintainerTests.Pool>
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = pool.Server;

    [Fact]
    public async Task CreateToken_Admin_IsNamedInTheAuditLogWhicheverHeaderCarriesIt()
    {
        var made = await CreateTokenAsync("ada", "admin");

        Assert.StartsWith("owpa_", made.Text("token"), StringComparison.Ordinal);
        Assert.Equal(("ada", "admin", "admin:root", null),
            (made.Text("name"), made.Text("role"), made.Text("created_by"), (string?)made.Json!["expires_at"]));
        var repo = await _server.PostAsync("/v1/admin/repos", """{"repo":"acme/ada"}""", admin: made.Text("token"));
        Assert.Equal(201, repo.Status);
        Assert.Equal(201, (await AsBearerAsync(HttpMethod.Post, "/v1/admin/tasks", made.Text("token"), """{"repo":"acme/ada","title":"x"}""")).Status);
        var actors = (await _server.GetAsync("/v1/audit/events?actor=admin:ada", admin: Admin)).Json!["events"]!.AsArray();
        Assert.Equal(["repo.created", "task.created"], actors.Select(audit => (string)audit!["event_type"]!).Order());
        Assert.DoesNotContain(made.Text("token"), (await _server.GetAsync("/v1/admin/tokens", admin: Admin)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewer_ReadsEverything_AndChangesNothing()
    {
        var token = (await CreateTokenAsync("eye", "viewer")).Text("token");

        foreach (var path in new[] { "/v1/admin/state", "/v1/tasks", "/v1/workers", "/v1/admin/repos", "/v1/audit/events", "/v1/admin/tokens", "/metrics" })
            Assert.Equal(200, (await _server.GetAsync(path, admin: token)).Status);
        foreach (var path in new[] { "/v1/admin/repos", "/v1/admin/tasks", "/v1/admin/pause", "/v1/admin/tokens", "/v1/admin/invites", "/v1/workers/w_1/revoke" })
            (await _server.PostAsync(path, "{}", admin: token)).MustBeProblem(403, "forbidden");
        Assert.False((bool)(await _server.GetAsync("/v1/admin/state", admin: token)).Json!["paused"]!);
    }

    [Fact]
    public async Task RevokeToken_AtOnce_IsWorthNothing()
    {
        var token = (await CreateTokenAsync("bo", "admin")).Text("token");
        (await _server.PostAsync("/v1/admin/tokens", """{"name":"BO","role":"viewer"}""", admin: Admin)).MustBeProblem(409, "conflict");

        Assert.Equal(200, (await _server.PostAsync("/v1/admin/tokens/bo/revoke", "", admin: Admin)).Status);

        (await _server.GetAsync("/v1/admin/state", admin: token)).MustBeProblem(401, "unauthorized");
        (await _server.PostAsync("/v1/admin/tokens/bo/revoke", "", admin: Admin)).MustBeProblem(404, "not_found");
        (await _server.PostAsync("/v1/admin/tokens/root/revoke", "", admin: Admin)).MustBeProblem(404, "not_found");
        Assert.Equal(201, (await _server.PostAsync("/v1/admin/tokens", """{"name":"BO","role":"viewer"}""", admin: Admin)).Status);
    }

    [Fact]
    public async Task CreateToken_ThatExpires_EndsByThePoolsClock()
    {
        var token = (await CreateTokenAsync("temp", "viewer", ""","expires_in_seconds":60""")).Text("token");

        Assert.Equal(200, (await _server.GetAsync("/v1/admin/state", admin: token)).Status);
        pool.Clock.Advance(TimeSpan.FromSeconds(60));

        (await _server.GetAsync("/v1/admin/state", admin: token)).MustBeProblem(401, "unauthorized");
        // The name is free again.
        await CreateTokenAsync("temp", "viewer");
    }

    [Theory]
    [InlineData("""{"role":"admin"}""", "name")]
    [InlineData("""{"name":"root","role":"admin"}""", "name")]
    [InlineData("""{"name":"a b","role":"admin"}""", "name")]
    [InlineData("""{"name":"ada:x","role":"admin"}""", "name")]
    [InlineData("""{"name":"x"}""", "role")]
    [InlineData("""{"name":"x","role":"owner"}""", "role")]
    [InlineData("""{"name":"x","role":"admin","expires_in_seconds":59}""", "expires_in_seconds")]
    public async Task CreateToken_Faults_AreNamed(string body, string field) =>
        (await _server.PostAsync("/v1/admin/tokens", body, admin: Admin)).MustReject(field);

    [Fact]
    public async Task Tokens_BothHeadersAtOnce_AreRefused()
    {
        var token = (await CreateTokenAsync("both", "admin")).Text("token");

        (await _server.SendAsync(HttpMethod.Get, "/v1/admin/state", null, token, Admin)).MustBeProblem(401, "unauthorized");
        (await AsBearerAsync(HttpMethod.Get, "/v1/admin/state", token + "x")).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Register_ByInvite_LetsInSoManyWithItsTrustAndRepos()
    {
        var (mine, other) = (await _server.AddRepoAsync(), await _server.AddRepoAsync());
        var (task, foreign) = (await _server.AddTaskAsync(mine), await _server.AddTaskAsync(other));
        var invite = await _server.PostAsync("/v1/admin/invites", $$"""{"uses":2,"trust_tier":"trusted","repos":["{{mine}}"]}""", admin: Admin);
        Assert.Equal(201, invite.Status);

        (await _server.PostAsync("/v1/workers/register", """{"name":"stranger"}""")).MustBeProblem(403, "forbidden");
        (await _server.PostAsync("/v1/workers/register", """{"name":"stranger","invite":"owpi_guess"}""")).MustBeProblem(403, "forbidden");
        var first = await RegisterAsync(invite.Text("invite"));
        var second = await RegisterAsync(invite.Text("invite"));
        (await _server.PostAsync("/v1/workers/register", $$"""{"name":"third","invite":"{{invite.Text("invite")}}"}"""))
            .MustBeProblem(403, "forbidden");

        var leases = (await _server.GetAsync("/v1/work", first.Text("token"))).Json!["leases"]!.AsArray();
        Assert.Equal([task], leases.Select(lease => (string)lease!["task_id"]!));
        Assert.Equal("trusted", (await _server.GetAsync("/v1/workers/me", second.Text("token"))).Text("trust_tier"));
        Assert.Empty((await _server.PostAsync("/v1/claims", $$"""{"repos":["{{other}}"]}""", second.Text("token"))).Json!["leases"]!.AsArray());
        Assert.DoesNotContain(invite.Text("invite"), (await _server.GetAsync("/v1/admin/invites", admin: Admin)).Body, StringComparison.Ordinal);
        Assert.Equal("ready", (await _server.GetAsync($"/v1/tasks/{foreign}", admin: Admin)).Text("status"));
    }

    [Fact]
    public async Task Invite_RevokedOrExpired_LetsNobodyIn()
    {
        var revoked = await _server.PostAsync("/v1/admin/invites", "", admin: Admin);
        Assert.Equal(200, (await _server.PostAsync($"/v1/admin/invites/{revoked.Text("invite_id")}/revoke", "", admin: Admin)).Status);
        var expired = await _server.PostAsync("/v1/admin/invites", """{"expires_in_seconds":60}""", admin: Admin);
        pool.Clock.Advance(TimeSpan.FromSeconds(60));

        foreach (var invite in new[] { revoked, expired })
            (await _server.PostAsync("/v1/workers/register", $$"""{"name":"late","invite":"{{invite.Text("invite")}}"}""")).MustBeProblem(403, "forbidden");
        (await _server.PostAsync($"/v1/admin/invites/{revoked.Text("invite_id")}/revoke", "", admin: Admin)).MustBeProblem(404, "not_found");
        (await _server.PostAsync("/v1/admin/invites", """{"uses":0}""", admin: Admin)).MustReject("uses");
        (await _server.PostAsync("/v1/admin/invites", """{"repos":["a b"]}""", admin: Admin)).MustReject("repos");
    }

    [Fact]
    public async Task Pause_OfThePool_GrantsNothingAndSaysWhy()
    {
        var repo = await _server.AddRepoAsync();
        var invite = (await _server.PostAsync("/v1/admin/invites", $$"""{"repos":["{{repo}}"]}""", admin: Admin)).Text("invite");
        var token = (await RegisterAsync(invite)).Text("token");
        await _server.AddTaskAsync(repo);
        var paused = await _server.PostAsync("/v1/admin/pause", """{"note":"we look into something"}""", admin: Admin);
        Assert.Equal((200, true), (paused.Status, (bool)paused.Json!["paused"]!));
        try
        {
            var work = (await _server.GetAsync("/v1/work", token)).Json!;
            Assert.Empty(work["leases"]!.AsArray());
            Assert.Equal("pool_paused", (string?)work["paused"]!["reason"]);
            Assert.Contains("we look into something", (string?)work["paused"]!["message"], StringComparison.Ordinal);
            Assert.True((bool)(await _server.GetAsync("/v1/admin/state", admin: Admin)).Json!["paused"]!);
            var explained = (await _server.GetAsync("/v1/work/explain", token)).Json!;
            Assert.Equal("pool_paused", (string?)Assert.Single(explained["repos"]!.AsArray())!["nothing"]);
        }
        finally
        {
            Assert.Equal(200, (await _server.PostAsync("/v1/admin/resume", "", admin: Admin)).Status);
        }
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        (await _server.PostAsync("/v1/admin/pause", """{"until":"2020-01-01T00:00:00Z"}""", admin: Admin)).MustReject("until");
    }

    private async Task<Answer> CreateTokenAsync(string name, string role, string fields = "")
    {
        var answer = await _server.PostAsync("/v1/admin/tokens", $$"""{"name":"{{name}}","role":"{{role}}"{{fields}}}""", admin: Admin);
        Assert.Equal(201, answer.Status);
        return answer;
    }

    private async Task<Answer> RegisterAsync(string invite)
    {
        var answer = await _server.PostAsync("/v1/workers/register", $$"""{"name":"guest","invite":"{{invite}}"}""");
        Assert.Equal(201, answer.Status);
        return answer;
    }

    private Task<Answer> AsBearerAsync(HttpMethod method, string path, string token, string? body = null) => _server.SendAsync(
        method, path, body is null ? null : new StringContent(body, new MediaTypeHeaderValue("application/json")), worker: token);

    /// <summary>A pool that lets workers in by invite, on a clock that tests move.</summary>
    public sealed class Pool : IAsyncLifetime
    {
        public ManualTimeProvider Clock { get; } = new();

        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync(
            services => services.AddSingleton<TimeProvider>(Clock), ("OwpPool__Registration__Mode", "invite"));

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
