using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>The log of a healthy server holds the pool's own lines.</summary>
public sealed class QuietLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("owp-quiet-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task DefaultLevel_HealthyServer_LogsOnlyOwnLinesAndNoWarning()
    {
        await using var server = await ServerProcess.StartAsync(typeof(QuietLogTests).Assembly, Path.Combine(_folder.FullName, "pool.db"),
            TestPorts.Take(), ("LOG_LEVEL", ""), ("LOG_FORMAT", "json"));
        using var admin = server.Admin();
        var registered = await SendAsync(admin, HttpMethod.Post, "/v1/workers/register", new JsonObject { ["name"] = "quiet" });
        using var worker = server.Client((string)registered["token"]!);
        await SendAsync(admin, HttpMethod.Post, "/v1/admin/repos", new JsonObject { ["repo"] = "acme/quiet" });
        for (var task = 1; task <= 5; task++)
        {
            var fields = new JsonObject { ["repo"] = "acme/quiet", ["title"] = $"Task {task}" };
            await SendAsync(admin, HttpMethod.Post, "/v1/admin/tasks", fields);
        }
        var claimed = await SendAsync(worker, HttpMethod.Get, "/v1/work");
        Assert.NotEmpty(claimed["leases"]!.AsArray());
        Assert.Equal(ExitCodes.Done, await server.TerminateAsync());

        var lines = server.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, static line =>
        {
            var entry = JsonNode.Parse(line)!;
            Assert.StartsWith("OwpPool.", (string)entry["Category"]!, StringComparison.Ordinal);
            Assert.Equal("Information", (string)entry["LogLevel"]!);
        });
    }

    [Theory]
    [InlineData("trace", LogLevel.Trace, LogLevel.Warning)]
    [InlineData("debug", LogLevel.Debug, LogLevel.Warning)]
    [InlineData("info", LogLevel.Information, LogLevel.Warning)]
    [InlineData("warning", LogLevel.Warning, LogLevel.Warning)]
    [InlineData("error", LogLevel.Error, LogLevel.Error)]
    [InlineData("none", LogLevel.None, LogLevel.None)]
    public void Level_IsThatOfTheOwnLines_OthersLogFromWarningUp(string level, LogLevel own, LogLevel others)
    {
        var silence = new StartupSilence();
        using var factory = LoggerFactory.Create(logging =>
        {
            logging.AddPoolLog(new LogOptions { Level = level }, silence);
            logging.ClearProviders();
            logging.AddProvider(new CapturedLog());
        });
        silence.End();
        Assert.Equal(own, LeastOf("OwpPool.Server.Hosting.PoolStartup"));
        foreach (var category in new[] { "Polly", "Orleans.Runtime.Catalog", "Orleans.Runtime.Silo", "Microsoft.AspNetCore.Server" })
            Assert.Equal(others, LeastOf(category));

        LogLevel LeastOf(string category)
        {
            var logger = factory.CreateLogger(category);
            return Enum.GetValues<LogLevel>().Order().First(at => at == LogLevel.None || logger.IsEnabled(at));
        }
    }

    [Theory]
    [InlineData("Microsoft.Extensions.Hosting.Internal.Host")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel")]
    [InlineData("Orleans.Runtime.Silo")]
    public void Start_IsNotOver_TheFrameworksThatReportAFailedStartAreSilent(string category)
    {
        var silence = new StartupSilence();
        using var factory = LoggerFactory.Create(logging =>
        {
            logging.AddPoolLog(new LogOptions(), silence);
            logging.ClearProviders();
            logging.AddProvider(new CapturedLog());
        });
        Assert.False(factory.CreateLogger(category).IsEnabled(LogLevel.Critical));
        silence.End();
        Assert.True(factory.CreateLogger(category).IsEnabled(LogLevel.Warning));
    }

    [Fact]
    public async Task WatchdogsClock_TimestampNeverWritten_IsNoOlderThanTheServer()
    {
        var before = Stopwatch.StartNew();
        await using var server = await OwnServer.StartAsync();
        var clock = server.App.Services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Membership);
        var since = clock.GetElapsedTime(default);
        Assert.InRange(since, TimeSpan.Zero, before.Elapsed);
        Assert.True(clock.GetElapsedTime(default) >= since);
    }

    private static async Task<JsonNode> SendAsync(HttpClient client, HttpMethod method, string path, JsonObject? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
