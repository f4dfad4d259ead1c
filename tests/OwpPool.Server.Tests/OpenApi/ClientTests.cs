using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.OpenApi;

/// <summary>What others' tools make of the document.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task Document_IsCleanForALinter_AndItsTypeScriptClientLivesATaskThrough()
    {
        var tools = await ClientTools.InstallAsync();
        await using var server = await TestServer.StartAsync();
        await tools.WriteAsync((await ApiDocument.ReadAsync(server)).Json);

        var report = await tools.RunToolAsync("redocly", "lint", "openapi.json", "--format=json", "--max-problems=20");
        var lint = JsonNode.Parse(report[report.IndexOf('{', StringComparison.Ordinal)..])!;
        Assert.True((int)lint["totals"]!["errors"]! + (int)lint["totals"]!["warnings"]! == 0, lint["problems"]!.ToJsonString());

        await tools.RunToolAsync("openapi-typescript", "openapi.json", "--output", "schema.d.ts");
        await tools.RunToolAsync("tsc", "--project", "tsconfig.json");
        var life = JsonNode.Parse(await tools.RunAsync("node", "life.js", server.Address.ToString().TrimEnd('/'), TestServer.AdminToken))!;

        Assert.Equal(["leased", "in_progress", "pr_opened", "merged"], life["lived"]!.AsArray().Select(status => (string)status!));
        Assert.Equal((true, "lost"), ((bool)life["over"]!, (string)life["late"]!));
    }
}
