using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>The built server as a process: what it says, and what it exits with.</summary>
public sealed class ServerRunTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("owp-run-");

    /// <summary>Where the build put the server itself: the copy beside the tests would run among the tests' assemblies.</summary>
    private static string Program { get; } = typeof(ServerRunTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(item => item.Key == "ServerProgram").Value!;

    private string Database => Path.Combine(_folder.FullName, "pool.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Run_BadSettings_NamesAllOfThemAndStartsNothing()
    {
        var (code, output, errors) = await RunAsync(("OWP_PORT", "x"), ("OWP_ADMIN_TOKEN", "changeme"), ("OwpPool__Lease__TtlSeconds", "5"));
        Assert.Equal(ExitCodes.Settings, code);
        Assert.Equal("", output);
        Assert.Equal(3, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        foreach (var name in new[] { "OWP_PORT", "OWP_ADMIN_TOKEN", "OwpPool__Lease__TtlSeconds" })
            Assert.Contains(name, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("changeme", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Database));
    }

    [Fact]
    public async Task Run_Arguments_AreRefused() => MustFail(ExitCodes.Usage, await RunAsync(["--urls", "http://*:80"]));

    [Fact]
    public async Task Run_FolderCannotBeMade_SaysSoInOneLine()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        MustFail(ExitCodes.Storage, await RunAsync(("OWP_DB_PATH", Path.Combine(file, "pool.db"))));
    }

    [Fact]
    public async Task Run_FileOfAnotherProgram_SaysSoInOneLineAndLeavesIt()
    {
        await File.WriteAllTextAsync(Database, "This is no database.");
        MustFail(ExitCodes.Storage, await RunAsync());
        Assert.Equal("This is no database.", await File.ReadAllTextAsync(Database));
    }

    [Fact]
    public async Task Run_KeyOfTheTokensIsDamaged_SaysSoInOneLine()
    {
        await File.WriteAllTextAsync(Database + WorkerTokens.Suffix, "no key");
        var run = await RunAsync();
        MustFail(ExitCodes.Storage, run);
        Assert.Contains(WorkerTokens.Suffix, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TokenFileIsMissing_IsABadSetting()
    {
        var (code, output, errors) = await RunAsync(("OWP_ADMIN_TOKEN_FILE", Path.Combine(_folder.FullName, "nowhere")));
        Assert.Equal((ExitCodes.Settings, ""), (code, output));
        Assert.StartsWith("Bad setting: OWP_ADMIN_TOKEN_FILE names no file", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Database));
    }

    [Fact]
    public async Task Run_PortInUse_SaysSoInOneLine()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var run = await RunAsync(("OWP_PORT", $"{port}"));
        MustFail(ExitCodes.Unavailable, run);
        Assert.Contains($"{port}", run.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Database));
    }

    [Fact]
    public async Task Run_AddressOfAnotherMachine_SaysSoInOneLine() =>
        MustFail(ExitCodes.Unavailable, await RunAsync(("OWP_HOST", "192.0.2.1")));

    [Fact]
    public async Task Run_ToldToStop_EndsLongPollsAndExitsClean()
    {
        using var server = Start();
        var url = await AnnouncedAsync(server);
        var token = (await server.StandardOutput.ReadLineAsync())!.Split(' ')[^1];
        Assert.StartsWith("owpa_", token, StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = url };

        // A second process on the same file is told so while the first one serves.
        MustFail(ExitCodes.Storage, await RunAsync());

        using var registered = await client.PostAsync("/v1/workers/register", new StringContent("""{"name":"test"}"""));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, registered.StatusCode);
        using var worker = await client.PostAsync("/v1/workers/register", new StringContent("""{"name":"test"}""", null, "application/json"));
        var workerToken = (string)System.Text.Json.Nodes.JsonNode.Parse(await worker.Content.ReadAsStringAsync())!["token"]!;
        client.DefaultRequestHeaders.Authorization = new("Bearer", workerToken);
        using var admin = new HttpClient { BaseAddress = url };
        admin.DefaultRequestHeaders.Add("X-Admin-Token", token);
        var poll = client.GetAsync("/v1/work?wait_seconds=60");
        await Eventually.TrueAsync(async () =>
            (await admin.GetStringAsync("/metrics")).Contains("\nowp_work_waiters 1\n", StringComparison.Ordinal), "the long poll waits");

        var told = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", $"{server.Id}"])) await kill.WaitForExitAsync();
        using var answer = await poll;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await server.WaitForExitAsync();
        Assert.Equal(ExitCodes.Done, server.ExitCode);
        // The contract itself is a time: within 10 s of SIGTERM.
        Assert.True(told.Elapsed < TimeSpan.FromSeconds(10), $"It took {told.Elapsed}.");
        Assert.DoesNotContain("   at ", await server.StandardError.ReadToEndAsync(), StringComparison.Ordinal);

        // The token was shown once; its hash opens the next run.
        using var next = Start();
        var nextUrl = await AnnouncedAsync(next);
        using var nextAdmin = new HttpClient { BaseAddress = nextUrl };
        nextAdmin.DefaultRequestHeaders.Add("X-Admin-Token", token);
        Assert.Contains("\"workers_online\"", await nextAdmin.GetStringAsync("/v1/admin/state"), StringComparison.Ordinal);
        next.Kill();
        Assert.Equal("", await next.StandardOutput.ReadToEndAsync());
        await next.WaitForExitAsync();
    }

    [Fact]
    public async Task Run_JsonLog_SaysNothingOnStdoutAndKeepsTheMadeTokenOutOfTheLog()
    {
        using var server = Start(null, ("LOG_FORMAT", "json"));
        var lines = new List<string>();
        while (lines.LastOrDefault() is not { } last || !last.Contains("Made an admin token", StringComparison.Ordinal))
            lines.Add(await server.StandardError.ReadLineAsync() ?? throw new EndOfStreamException(string.Join('\n', lines)));
        var token = (await File.ReadAllTextAsync(Database + ".admin-token")).Trim();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Database + ".admin-token"));
        var listening = lines.Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!).Single(line => (int)line["EventId"]! == 462);
        using var admin = new HttpClient { BaseAddress = new Uri((string)listening["State"]!["Url"]!) };
        admin.DefaultRequestHeaders.Add("X-Admin-Token", token);
        Assert.Contains("\"workers_online\"", await admin.GetStringAsync("/v1/admin/state"), StringComparison.Ordinal);

        // There is nothing to be read anew, and nobody at a terminal who leaves.
        server.StandardInput.Close();
        using (var hangUp = Process.Start("kill", ["-HUP", $"{server.Id}"])) await hangUp.WaitForExitAsync();
        // Where this test runs under nohup the server hears nothing of it, and says nothing.
        Assert.Contains("\"workers_online\"", await admin.GetStringAsync("/v1/admin/state"), StringComparison.Ordinal);
        using (var kill = Process.Start("kill", ["-TERM", $"{server.Id}"])) await kill.WaitForExitAsync();
        lines.AddRange((await server.StandardError.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await server.WaitForExitAsync();
        Assert.Equal(ExitCodes.Done, server.ExitCode);
        Assert.Equal("", await server.StandardOutput.ReadToEndAsync());
        Assert.Equal([461, 463, 464], lines.Select(line => (int)System.Text.Json.Nodes.JsonNode.Parse(line)!["EventId"]!)
            .Where(id => id is 461 or 463 or 464));
        Assert.DoesNotContain(lines, line => line.Contains(token, StringComparison.Ordinal));
    }

    private static void MustFail(int code, (int Code, string Output, string Errors) run)
    {
        Assert.Equal(code, run.Code);
        Assert.Equal("", run.Output);
        Assert.Single(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("Exception", run.Errors, StringComparison.Ordinal);
    }

    /// <summary>Reads the lines that every start prints, and waits until it is ready.</summary>
    private static async Task<Uri> AnnouncedAsync(Process server)
    {
        var first = await server.StandardOutput.ReadLineAsync();
        Assert.Matches(@"^OwpPool \S+ listens on http://127\.0\.0\.1:\d+$", first);
        var url = new Uri(first!.Split(' ')[^1]);
        Assert.Equal($"Docs: {url.OriginalString}/docs", await server.StandardOutput.ReadLineAsync());
        using var client = new HttpClient { BaseAddress = url };
        await Eventually.TrueAsync(async () => (await client.GetAsync("/readyz")).IsSuccessStatusCode, "the server is ready");
        return url;
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(params (string Name, string Value)[] variables) => RunAsync([], variables);

    private async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments, params (string Name, string Value)[] variables)
    {
        using var process = Start(arguments, variables);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    private Process Start(string[]? arguments = null, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = _folder.FullName,
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments ?? []) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OWP", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["OWP_PORT"] = "0";
        start.Environment["OWP_DB_PATH"] = Database;
        // As on a terminal.
        start.Environment["LOG_FORMAT"] = "text";
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
