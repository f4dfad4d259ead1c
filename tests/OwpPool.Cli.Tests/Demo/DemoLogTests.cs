using System.Text.Json.Nodes;
using OwpPool.Cli.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Demo;

/// <summary>The server's log of a whole demo, at its usual level: what the pool did, and nothing else.</summary>
public sealed class DemoLogTests : IDisposable
{
    private const int MostLines = 150;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Log_OfAWholeDemo_IsShortAndEachLineIsOfUse()
    {
        await using var server = await ServerProcess.StartAsync(
            typeof(DemoLogTests).Assembly, _folder.File("pool.db"), TestPorts.Take(), ("LOG_FORMAT", "json"), ("LOG_LEVEL", "info"));
        using var owp = new OwpShell();
        owp.Variables["OWP_URL"] = server.Address.AbsoluteUri;
        owp.Variables["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken;
        await owp.RunAsync("repo create acme/shop");
        await owp.RunAsync("task create --repo acme/shop --title Another");
        var demo = await owp.RunAsync(
            $"demo --tasks {TestedFiles.DemoTasks} --workers {_folder.File("workers.json")} --speed 50");
        Assert.True(demo.ExitCode == ExitCodes.Done, demo.Error);
        Assert.Equal(0, await server.TerminateAsync());

        var lines = server.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => JsonNode.Parse(line)!).ToList();
        Assert.InRange(lines.Count, 50, MostLines - 1);
        Assert.All(lines, line => Assert.True(IsOfUse(line), line.ToJsonString()));
        var events = lines.Where(line => (int)line["EventId"]! == 111).ToLookup(line => (string)line["State"]!["EventType"]!);
        var tasks = events["task.merged"].Count();
        Assert.True(tasks >= 10, $"{tasks} merges");
        Assert.All(new[] { "worker.registered", "repo.created", "task.leased", "task.pr_opened" }, type => Assert.NotEmpty(events[type]));
        Assert.All(events["task.leased"].Concat(events["task.merged"]),
            line => Assert.DoesNotContain(" phase=", (string)line["State"]!["Details"]!, StringComparison.Ordinal));
        Assert.Matches("^admin:root POST /v1/admin/tasks: 201 t_[0-9a-z]+$", Assert.Single(lines,
            line => (int)line["EventId"]! == 404 && (string)line["State"]!["Path"]! == "/v1/admin/tasks")["Message"]!.GetValue<string>());
        var made = Assert.Single(events["batch.accepted"]);
        Assert.EndsWith($" by admin:root tasks={tasks}", (string)made["Message"]!, StringComparison.Ordinal);
        // What a request has caused can be found by the trace that its answer would name.
        Assert.All(events["task.leased"].Concat(events["worker.registered"]), line => Assert.Equal(32, ((string)line["TraceId"]!).Length));
        Assert.All([461, 462, 463, 464], id => Assert.Single(lines, line => (int)line["EventId"]! == id));
        Assert.DoesNotContain(ServerProcess.AdminToken, server.Errors, StringComparison.Ordinal);
    }

    /// <summary>Starts and stops, what maintainers ask for, and events that change something for somebody.</summary>
    private static bool IsOfUse(JsonNode line) => (int)line["EventId"]! switch
    {
        461 or 462 or 463 or 464 => true,
        404 => ((string)line["State"]!["Actor"]!).StartsWith("admin:", StringComparison.Ordinal),
        111 => (string)line["State"]!["EventType"]! is not ("task.created" or "task.noted" or "task.lease_renewed" or "worker.seen"),
        _ => false,
    };
}
