using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>What a flood of invented credentials leaves behind (threats H3): nothing but a line a minute in the log.</summary>
public sealed class ForgedTokenTests
{
    private const int Requests = 2_000;
    private static readonly string Secret43 = new('A', 43);
    private static readonly string Secret64 = new('A', 64);

    [Fact]
    public async Task Flood_ForgedTokensWithAndWithoutKeys_MakesNoGrainNoRowAndOneLine()
    {
        var (clock, log) = (new ManualTimeProvider(), new CapturedLog());
        await using var server = await TestServer.StartAsync(services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.RemoveAll<ILoggerProvider>();
            services.AddSingleton<ILoggerProvider>(log);
        }, ("LOG_LEVEL", "info"));
        var (victim, _) = await server.RegisterAsync();
        await Eventually.TrueAsync(() => server.Get<Server.Hosting.PoolStartup>().Completed);
        var before = await CountsAsync(server);
        log.Take();
        for (var i = 0; i < Requests; i++)
        {
            var id = i % 3 == 0 ? victim[2..] : $"k{i:x8}";
            var token = $"owpw_{id}.{(i % 2 == 0 ? Secret43 : Secret64)}";
            var answer = (i % 4) switch
            {
                0 => await server.GetAsync("/v1/workers/me", token),
                1 => await server.PostKeyedAsync($"key-{i}", "/v1/workers/heartbeat", "{}", token),
                2 => await server.PostKeyedAsync($"key-{i}", "/v1/claims", """{"wait_seconds":60}""", token),
                _ => await server.PostKeyedAsync($"key-{i}", "/v1/admin/repos", """{"repo":"acme/x"}""", admin: $"{token}-{i}"),
            };
            Assert.True(answer.Status is 401, answer.Body);
        }
        Assert.Equal(before, await CountsAsync(server));
        Assert.Equal("", log.Take().All);
        clock.Advance(TimeSpan.FromMinutes(1));
        var lines = "";
        await Eventually.TrueAsync(() => (lines += log.Take().All).Length > 0, "the log tells of them");
        Assert.Contains($"Refused {Requests} credentials from 127.0.0.1", lines, StringComparison.Ordinal);
        Assert.Single(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain(Secret43, lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_BeyondTheLimitOfTheAddress_IsTooManyAndRightCredentialsPass()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__RateLimits__RefusedCredentialsWindowSeconds", "3600"),
            ("OwpPool__RateLimits__RefusedCredentials", "1"), ("OwpPool__RateLimits__RefusedCredentialsBurst", "4"));
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");
        var other = await server.PostAsync("/v1/workers/register", """{"name":"y"}""");
        var revoked = other.Text("token");
        await server.PostAsync($"/v1/workers/{other.Text("worker_id")}/revoke", "{}", admin: TestServer.AdminToken);
        // None at all is not refused, only missing.
        for (var i = 0; i < 9; i++) (await server.GetAsync("/v1/work")).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/v1/work", $"owpw_x.{Secret64}")).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/v1/work", $"owpw_x.{Secret43}")).MustBeProblem(401, "unauthorized");
        (await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: "guess-1")).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/v1/workers/me", revoked)).MustBeProblem(401, "unauthorized");
        foreach (var refused in new[]
        {
            await server.GetAsync("/v1/work", $"owpw_x.{Secret64}"), await server.GetAsync("/v1/workers/me", revoked),
            await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: "guess-2"),
            await server.PostAsync("/v1/workers/heartbeat", "{}", revoked, key: "k"),
        })
        {
            refused.MustBeProblem(429, "rate_limited");
            Assert.Matches("^[1-9][0-9]*$", refused.Headers["Retry-After"]);
        }
        Assert.Equal(200, (await server.GetAsync("/v1/workers/me", token)).Status);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: TestServer.AdminToken)).Status);
    }

    [Fact]
    public async Task Refused_BehindATrustedProxy_CountsAgainstTheAddressThatItNames()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__RateLimits__RefusedCredentialsWindowSeconds", "3600"),
            ("OwpPool__RateLimits__RefusedCredentials", "1"), ("OwpPool__RateLimits__RefusedCredentialsBurst", "1"),
            ("OwpPool__Server__TrustedProxies", "127.0.0.1"));
        (await FromAsync("203.0.113.1")).MustBeProblem(401, "unauthorized");
        (await FromAsync("203.0.113.1")).MustBeProblem(429, "rate_limited");
        (await FromAsync("203.0.113.2")).MustBeProblem(401, "unauthorized");

        Task<Answer> FromAsync(string address) =>
            server.SendAsync(HttpMethod.Get, "/v1/work", worker: $"owpw_x.{Secret64}", header: ("X-Forwarded-For", address));
    }

    [Fact]
    public async Task OldToken_OfAnOlderProgram_IsGoodUntilItIsRotatedAndOpensNothingElse()
    {
        await using var server = await OwnServer.StartAsync();
        var old = await RegisterAsOlderProgramsDidAsync(server, "w_old1");
        // It came after the start, as none did whose token has no proof.
        (await server.GetAsync("/v1/workers/me", old)).MustBeProblem(401, "unauthorized");
        await AgainAsync(server);
        Assert.Equal("w_old1", (await server.GetAsync("/v1/workers/me", old)).Text("worker_id"));
        (await server.GetAsync("/v1/workers/me", $"owpw_old1.{Secret43}")).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/v1/workers/me", $"owpw_old2.{Secret43}")).MustBeProblem(401, "unauthorized");
        Assert.Equal(0, await ActivationsAsync(server.App.Services, "w_old2"));
        var rotated = (await server.PostAsync("/v1/workers/token/rotate", "{}", old)).Text("token");
        await AgainAsync(server);
        Assert.Equal(200, (await server.GetAsync("/v1/workers/me", rotated)).Status);
        (await server.GetAsync("/v1/workers/me", old)).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task OldToken_OfARevokedWorker_IsRefusedWithoutAskingIt()
    {
        await using var server = await OwnServer.StartAsync();
        var old = await RegisterAsOlderProgramsDidAsync(server, "w_old3");
        await server.PostAsync("/v1/workers/w_old3/revoke", "{}", admin: TestServer.AdminToken);
        await AgainAsync(server);
        (await server.GetAsync("/v1/workers/me", old)).MustBeProblem(401, "unauthorized");
        Assert.Equal(0, await ActivationsAsync(server.App.Services, "w_old3"));
    }

    [Fact]
    public async Task Key_Lost_LocksNobodyOut()
    {
        await using var server = await OwnServer.StartAsync();
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");
        await server.StopAsync();
        File.Delete(server.Database + WorkerTokens.Suffix);
        await server.StartAgainAsync();
        Assert.Equal(200, (await server.GetAsync("/v1/workers/me", token)).Status);
        var other = (await server.PostAsync("/v1/workers/register", """{"name":"y"}""")).Text("token");
        var rotated = (await server.PostAsync("/v1/workers/token/rotate", "{}", token)).Text("token");
        await AgainAsync(server);
        foreach (var good in new[] { other, rotated }) Assert.Equal(200, (await server.GetAsync("/v1/workers/me", good)).Status);
    }

    /// <summary>As before tokens had a proof: 32 random bytes, and their plain hash.</summary>
    private static async Task<string> RegisterAsOlderProgramsDidAsync(OwnServer server, string workerId)
    {
        var token = $"owpw_{workerId[2..]}.{new string('k', 43)}";
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        Assert.Null(await server.Get<IGrainFactory>().GetWorker(workerId).RegisterAsync(new RegisterWorker(new WorkerProfile { Name = "old" }, hash)));
        return token;
    }

    private static async Task AgainAsync(OwnServer server)
    {
        await server.StopAsync();
        await server.StartAgainAsync();
    }

    private static async Task<long> ActivationsAsync(IServiceProvider services, string workerId)
    {
        var grain = services.GetRequiredService<IGrainFactory>().GetWorker(workerId);
        var reports = await services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0)
            .GetDetailedGrainStatistics(null, null);
        return reports.Count(report => report.GrainId == grain.GetGrainId());
    }

    /// <summary>Rows of every kind, and activations of the pool's own grains.</summary>
    private static async Task<string> CountsAsync(TestServer server)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT (SELECT count(*) FROM OrleansStorage) || ' rows, ' || (SELECT count(*) FROM pool_events) || ' events'";
        var rows = await command.ExecuteScalarAsync();
        var grains = await server.Get<IGrainFactory>().GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        var own = grains.Where(grain => grain.GrainType.Contains("OwpPool", StringComparison.Ordinal)).Sum(grain => grain.ActivationCount);
        return $"{rows}, {own} grains";
    }
}
