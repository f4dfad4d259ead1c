using System.Diagnostics;
using System.Globalization;
using System.Net;
using OwpPool.EndToEnd.Tests.Crash;
using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>A server under load whose storage is about to fail, and the same question as after a crash: has anything that was ever said
/// become untrue?</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    private const int Workers = 8;

    private readonly (string, string)[] _settings;
    private readonly int _port = TestPorts.Take();

    /// <param name="folder">Of the database.</param>
    /// <param name="settings">Of the server, beside those of a crash run.</param>
    public FaultRun(string folder, params (string Name, string Value)[] settings)
    {
        Database = Path.Combine(folder, "pool.db");
        _settings = [.. CrashPlan.Settings, .. settings];
        Server = Start();
        Load = new PoolLoad(Server.Address, Workers, Seed);
    }

    /// <summary>Of the traffic.</summary>
    public int Seed { get; } = Random.Shared.Next();

    public string Database { get; }

    public ServerProcess Server { get; private set; }

    public PoolLoad Load { get; }

    /// <summary>Starts the server again, after it has ended, and returns when it is ready.</summary>
    public async Task StartAgainAsync()
    {
        await Server.DisposeAsync();
        Server = Start();
        await Server.BecomeReadyAsync();
    }

    /// <summary>The answer of an endpoint that needs no storage, or of readiness.</summary>
    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var client = Server.Admin();
        using var answer = await client.GetAsync(path);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The process lives and says that it is not ready; reads may go on.</summary>
    public async Task AssertFailingAsync()
    {
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/livez")).Status);
        await Eventually.TrueAsync(async () => (await GetAsync("/readyz")).Status is HttpStatusCode.ServiceUnavailable, "readiness fails");
        Assert.Equal("""{"storage":"failing","silo":"ok"}""",
            System.Text.Json.Nodes.JsonNode.Parse((await GetAsync("/readyz")).Text)!["checks"]!.ToJsonString());
    }

    /// <summary>Sends the server a signal.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, Server.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Holds the server still, and returns when none of its threads runs or waits for a disk.</summary>
    public async Task FreezeAsync()
    {
        await SignalAsync("STOP");
        await Eventually.TrueAsync(() => Directory.EnumerateDirectories($"/proc/{Server.Id}/task").All(IsStopped), "the server stands still");

        // pid (name) state ...; the name may hold anything.
        static bool IsStopped(string thread) => File.ReadAllText(Path.Combine(thread, "stat")).Split(") ")[^1][0] == 'T';
    }

    /// <summary>Ends load and server in order, and holds the whole history against what the database keeps.</summary>
    /// <returns>What was done, in one line.</returns>
    public async Task<string> FinishAsync()
    {
        await Load.AnswersAsync(100);
        await Load.StopAsync();
        var exitCode = await Server.TerminateAsync();
        Assert.True(exitCode == 0, Server.Errors);
        return await CheckAsync();
    }

    /// <summary>Ends the load, and holds the whole history against what the database of the ended server keeps.</summary>
    /// <inheritdoc cref="FinishAsync"/>
    public async Task<string> CheckAsync()
    {
        await Load.StopAsync();
        var image = await DatabaseImage.ReadAsync(Database);
        var history = Load.History;
        string[] violations = [.. history.Violations, .. HistoryChecker.Check(history.Operations, image, CrashPlan.LeaseTtl)];
        Assert.True(violations.Length == 0, $"seed {Seed}: {string.Join('\n', violations.Take(20))}\n{Server.Errors}");
        var ok = history.Operations.Count(operation => operation.Outcome is OperationOutcome.Ok);
        return $"{history.Operations.Count} operations, {ok} acknowledged, {history.Outages} times 503, {image.Tasks.Count} tasks, "
            + $"{image.Events.Count} events: history clean";
    }

    public async ValueTask DisposeAsync()
    {
        await Load.DisposeAsync();
        await Server.DisposeAsync();
    }

    private ServerProcess Start() => ServerProcess.Start(GetType().Assembly, Database, _port, _settings);
}
