using System.Diagnostics;
using System.Reflection;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests;

/// <summary>The benchmark runs and says what it promises; the figures themselves are the machine's.</summary>
public sealed class BenchTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Bench_ForAMoment_PrintsEveryRowAndRatio()
    {
        var program = GetType().Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "BenchProgram").Value!;
        var start = new ProcessStartInfo("dotnet", [program, "load", "log", "0.1", "8", "1000", "1"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        output.WriteLine(printed);

        Assert.True(process.ExitCode == 0, await errors);
        string[] rows =
        [
            "disk: write 4 KiB + fsync", "GET /v1, 8 connections", "heartbeat, 8 connections", "task update, 1 connection",
            "task update, 8 connections", "whole task lives, 8 workers", "heartbeat / ping", "writes a second, 8 / 1",
            "An audit log of 1,000 events", "analytics, pool, 90 days", "verify", "export, text/csv", "growth of the server's peak memory",
        ];
        Assert.All(rows, row => Assert.Contains(row, printed, StringComparison.Ordinal));
    }
}
