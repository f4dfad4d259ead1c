using System.Net;
using System.Net.Sockets;
using OwpPool.Cli.Conformance.Checks;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Conformance;

/// <summary>What is no pool at all is reported as such, and breaks nothing.</summary>
public sealed class OddServerTests
{
    [Fact]
    public async Task Conformance_NobodyListens_FailsThatAndSkipsTheRest()
    {
        var (result, report) = await ConformanceServer.ReportAsync(new Uri("http://127.0.0.1:1"));

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Equal(["server.answers"], ConformanceServer.Ids(report, "failed"));
        Assert.Equal(Catalogue.All.Count - 1, (int)report["skipped"]!);
    }

    [Fact]
    public async Task Conformance_ServerThatAnswersNothing_FailsThatAndSkipsTheRest()
    {
        using var silent = new TcpListener(IPAddress.Loopback, TestPorts.Take());
        silent.Start();

        var (result, report) = await ConformanceServer.ReportAsync(new Uri($"http://{silent.LocalEndpoint}"), "--timeout", "1");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Equal(["server.answers"], ConformanceServer.Ids(report, "failed"));
        Assert.Contains("no answer within 1 s", (string?)report["checks"]![0]!["got"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "text/html", "<html><body><h1>It works!</h1></body></html>")]
    [InlineData(404, "text/html", "<html><body><h1>404 Not Found</h1></body></html>")]
    [InlineData(404, "application/json", """{"code":"not_found","message":"nothing here"}""")]
    [InlineData(200, "application/json", """{"ok":true}""")]
    [InlineData(201, "application/json",
        """{"ok":true,"worker_id":7,"token":[],"task_id":{},"leases":[1,null],"items":[[]],"events":"none"}""")]
    [InlineData(200, "application/json", "null")]
    [InlineData(200, "application/problem+json", "{\"status\":\u0000")]
    [InlineData(500, "text/plain", "")]
    [InlineData(302, "text/plain", "moved")]
    public async Task Conformance_SameAnswerToEverything_IsAReport(int status, string type, string body)
    {
        await using var odd = DefectiveServer.Start(null, new Defect
        {
            Before = _ => new ProxiedAnswer(status, new() { ["Content-Type"] = type }, System.Text.Encoding.UTF8.GetBytes(body)),
        });

        var (result, report) = await ConformanceServer.ReportAsync(odd.Address, "--timeout", "5");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.True((int)report["failed"]! > 200, $"{report["failed"]} failed");
        Assert.Contains("register.created", ConformanceServer.Ids(report, "failed"));
        Assert.Equal(Catalogue.All.Count, report["checks"]!.AsArray().Count);
    }

    [Fact]
    public async Task Conformance_ServerThatDies_SkipsWhatIsLeft()
    {
        var asked = 0;
        DefectiveServer? odd = null;
        odd = DefectiveServer.Start(null, new Defect
        {
            Before = _ =>
            {
                if (Interlocked.Increment(ref asked) == 20) odd!.Stop();
                return ProxiedAnswer.Json(404, """{"code":"not_found","message":"?"}""");
            },
        });
        await using (odd)
        {
            var (result, report) = await ConformanceServer.ReportAsync(odd.Address, "--timeout", "5");

            Assert.Equal(ExitCodes.Error, result.ExitCode);
            Assert.True((int)report["skipped"]! > 200, $"{report["skipped"]} skipped");
            Assert.Contains(report["checks"]!.AsArray(), check => (string?)check!["reason"] == "the server stopped answering");
        }
    }
}
