using System.Collections.Concurrent;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Tests.Conformance;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Connections;

/// <summary>Where tokens go: the admin's to no pool that was not named for it, and none through a network in clear text.</summary>
public sealed class TokenTargetTests : IAsyncDisposable
{
    private const string AdminToken = "the-admin-token-of-the-own-pool";

    private readonly OwpShell _owp = new();
    private readonly ConcurrentQueue<string> _adminTokens = [];
    private readonly ConcurrentQueue<string> _bearers = [];
    private readonly DefectiveServer _other;

    public TokenTargetTests()
    {
        _other = DefectiveServer.Start(null, new Defect { Before = Answer });
        _owp.Variables["OWP_ADMIN_TOKEN"] = AdminToken;
    }

    public async ValueTask DisposeAsync()
    {
        _owp.Dispose();
        await _other.DisposeAsync();
    }

    [Theory]
    [InlineData("status")]
    [InlineData("repo list")]
    [InlineData("repo create acme/shop")]
    [InlineData("task create --repo acme/shop --title x")]
    [InlineData("audit list")]
    [InlineData("events")]
    [InlineData("analytics")]
    [InlineData("admin worker list")]
    [InlineData("conformance --only register.created")]
    [InlineData("status --admin-token given-by-flag-all-the-same")]
    public async Task AdminToken_PoolThatOnlyARegistrationNamed_DoesNotGetIt(string line)
    {
        await RegisterAsync();

        var result = await _owp.RunAsync(line);

        Assert.Empty(_adminTokens);
        Assert.Equal((ExitCodes.NeedsAuth, ""), (result.ExitCode, result.Output));
        Assert.StartsWith($"The admin token is not sent to {_other.Address}: only 'owp worker register' has named that pool, in profile 'ada'.",
            result.Error, StringComparison.Ordinal);
        Assert.Contains($"--server {_other.Address}", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task list")]
    [InlineData("task view t_1")]
    [InlineData("task logs t_1")]
    public async Task AdminToken_CommandThatWorkersHaveToo_AsksAsTheWorkerAndSaysSo(string line)
    {
        await RegisterAsync();

        var result = await _owp.RunAsync(line);

        Assert.Empty(_adminTokens);
        Assert.Contains("Bearer owpw_of-the-other-pool", _bearers);
        Assert.StartsWith("Shown as the worker sees it. The admin token is not sent to ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_PoolThatOnlyARegistrationNamed_TellsThatTheAdminTokenIsNotSent()
    {
        await RegisterAsync();

        var result = await _owp.RunAsync("doctor");

        Assert.Empty(_adminTokens);
        Assert.Contains(result.Output.Split('\n'), line => line.StartsWith("admin token\tnone\tThe admin token is not sent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AdminToken_PoolThatIsNamed_GetsIt()
    {
        await RegisterAsync();

        await _owp.RunAsync($"status --server {_other.Address}");
        _owp.Variables["OWP_URL"] = _other.Address.AbsoluteUri;
        await _owp.RunAsync("status");
        _owp.Variables.Remove("OWP_URL");
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync($"profile add own --server {_other.Address}")).ExitCode);
        await _owp.RunAsync("status --profile own");

        Assert.Equal([AdminToken, AdminToken, AdminToken], _adminTokens);
    }

    [Fact]
    public async Task AdminToken_WorkerJoinsAnAddedProfile_GoesThereStillButNotToAnotherPool()
    {
        await _owp.RunAsync($"profile add own --server {_other.Address}");
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("worker register --name ada --profile own")).ExitCode);
        await _owp.RunAsync("status --profile own");
        Assert.Equal([AdminToken], _adminTokens);

        await using var third = DefectiveServer.Start(null, new Defect { Before = Answer });
        Assert.Equal(ExitCodes.Done,
            (await _owp.RunAsync($"worker register --name bob --profile own --force --server {third.Address}")).ExitCode);
        var refused = await _owp.RunAsync("status --profile own");

        Assert.Equal([AdminToken], _adminTokens);
        Assert.Equal(ExitCodes.NeedsAuth, refused.ExitCode);
    }

    [Theory]
    [InlineData("status", "The admin token would go over plain http to pool.example:8787")]
    [InlineData("demo --tasks x.yaml", "The admin token would go")]
    [InlineData("conformance", "The admin token would go")]
    [InlineData("worker status --token owpw_x", "The worker token would go")]
    [InlineData("worker run --token owpw_x", "The worker token would go")]
    [InlineData("worker register --name ada", "The new worker's token would go")]
    [InlineData("worker simulate --workers 1", "The new workers' tokens would go")]
    public async Task Token_PlainHttpToAnotherMachine_IsRefusedBeforeAnythingIsSent(string line, string said)
    {
        var result = await _owp.RunAsync($"{line} --server http://pool.example:8787");

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(said, result.Error, StringComparison.Ordinal);
        Assert.Contains("OWP_ALLOW_HTTP=pool.example allows it", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(AdminToken, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:1", "other.example, 0.0.0.0", true)]
    [InlineData("http://[2001:db8::1]:1", "2001:db8::1", true)]
    [InlineData("http://pool.example:1", "example", false)]
    [InlineData("http://pool.example:1", "*", false)]
    [InlineData("http://localhost.pool.example:1", null, false)]
    [InlineData("http://127.0.0.1.example:1", null, false)]
    [InlineData("http://localhost:1", null, true)]
    [InlineData("http://[::1]:1", null, true)]
    [InlineData("https://pool.example:1", null, true)]
    public async Task RequireSafeWay_Host_IsThisMachineOrAllowed(string server, string? allowed, bool isSafe)
    {
        if (allowed is not null) _owp.Variables["OWP_ALLOW_HTTP"] = allowed;

        var result = await _owp.RunAsync(invocation => Tokens.RequireSafeWay(invocation, new Uri(server), "The token"));

        Assert.Equal(isSafe ? ExitCodes.Done : ExitCodes.Error, result.ExitCode);
    }

    private async Task RegisterAsync() =>
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync($"worker register --name ada --server {_other.Address}")).ExitCode);

    private ProxiedAnswer Answer(ProxiedRequest request)
    {
        if (request.Headers.TryGetValue("X-Admin-Token", out var token)) _adminTokens.Enqueue(token);
        if (request.Headers.TryGetValue("Authorization", out var bearer)) _bearers.Enqueue(bearer);
        return request.Path switch
        {
            "/v1/workers/register" => ProxiedAnswer.Json(201,
                """{"worker_id":"w_1","token":"owpw_of-the-other-pool","heartbeat_interval_seconds":30}"""),
            "/version" => ProxiedAnswer.Json(200, """{"name":"Other","version":"1","protocol":"OWP 0.1"}"""),
            "/readyz" => ProxiedAnswer.Json(200, "{}"),
            _ => ProxiedAnswer.Json(403, """{"code":"forbidden","message":"No."}"""),
        };
    }
}
