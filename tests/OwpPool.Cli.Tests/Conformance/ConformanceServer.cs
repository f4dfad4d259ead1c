using System.Text.Json.Nodes;
using OwpPool.Cli.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Conformance;

/// <summary>The project's server, as a test of conformance needs it: with leases that may be short, and without a limit that the many runs
/// of these tests would meet.</summary>
public sealed class ConformanceServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal TestPool Pool { get; private set; } = null!;

    public async Task InitializeAsync() => Pool = await TestPool.StartAsync(_folder.File("pool.db"),
        ("ASPNETCORE_ENVIRONMENT", "Development"), ("OwpPool__RateLimits__RegistrationBurst", "100000"));

    public async Task DisposeAsync()
    {
        await Pool.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Runs <c>owp conformance</c> on a server as its admin.</summary>
    internal static async Task<ProgramResult> RunAsync(Uri server, params string[] args)
    {
        using var shell = new OwpShell { Variables = { ["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken } };
        return await shell.RunAsync(["conformance", "--server", server.AbsoluteUri, .. args]);
    }

    /// <summary>The same, and its report.</summary>
    internal static async Task<(ProgramResult Result, JsonNode Report)> ReportAsync(Uri server, params string[] args)
    {
        var result = await RunAsync(server, [.. args, "--json"]);
        Assert.True(result.Output.StartsWith('{'), $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        return (result, JsonNode.Parse(result.Output)!);
    }

    /// <summary>The ids of the checks that ended so.</summary>
    internal static string[] Ids(JsonNode report, string outcome) =>
        [.. report["checks"]!.AsArray().Where(check => (string?)check!["outcome"] == outcome).Select(check => (string)check!["id"]!)];
}
