using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using OwpPool.Storage;
using OwpPool.Testing;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests;

/// <summary>SIGKILL in the middle of load, again and again: every acknowledged answer is there afterwards.</summary>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 20;
    private const int WorkerCount = 12;
    private const int AnswersPerRound = 500;

    private readonly string _folder = Directory.CreateTempSubdirectory("owp-crash-").FullName;
    private readonly History _history = new();
    private readonly int _port = ServerProcess.FreePort();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Kill_TwentyTimesUnderLoad_LosesNothingAcknowledgedAndNeverHasTwoHolders()
    {
        var database = Path.Combine(_folder, "pool.db");
        using var stop = new CancellationTokenSource();
        var server = await ServerProcess.StartAsync(GetType().Assembly, database, _port);
        var load = StartLoad(server.Address, stop.Token);

        for (var round = 0; round < Rounds; round++)
        {
            var target = _history.Acknowledged + AnswersPerRound;
            await Eventually.TrueAsync(() => _history.Acknowledged >= target || load.IsFaulted, "the load goes on");
            await server.KillAsync();
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(GetType().Assembly, database, _port);
        }
        await stop.CancelAsync();
        await load;
        Assert.Equal(0, await server.TerminateAsync());
        await server.DisposeAsync();

        await using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = database });
        var phases = (await QueryAsync(storage, "SELECT task_id, phase FROM pool_tasks"))
            .ToDictionary(row => (string)row[0], row => (string)row[1], StringComparer.Ordinal);
        var grants = await QueryAsync(storage,
            "SELECT target, json_extract(details, '$.fencing_token'), actor FROM pool_events WHERE type = 'task.leased' ORDER BY seq");
        var leased = grants.Select(row => ((string)row[0], long.Parse((string)row[1]), (string)row[2])).ToList();
        output.WriteLine($"{Rounds} kills, {_history.Acknowledged} acknowledged answers, {_history.Tasks} tasks, {_history.Leases} leases");

        Assert.Empty(_history.Violations);
        Assert.Empty(_history.Missing(phases, leased.ToHashSet()));
        Assert.Empty(await OverlapsAsync(storage));
    }

    /// <summary>Tasks whose log shows a grant while another lease ran, or a token that did not grow.</summary>
    private static async Task<List<string>> OverlapsAsync(SqliteStorage storage)
    {
        var wrong = new List<string>();
        var tokens = new Dictionary<string, long>(StringComparer.Ordinal);
        var rows = await QueryAsync(storage, """
            SELECT target, json_extract(details, '$.fencing_token'), json_extract(details, '$.phase_before')
            FROM pool_events WHERE type = 'task.leased' ORDER BY seq
            """);
        foreach (var row in rows)
        {
            var (taskId, token) = ((string)row[0], long.Parse((string)row[1]));
            if (row[2] as string != "ready") wrong.Add($"{taskId} was granted while {row[2]}");
            if (tokens.TryGetValue(taskId, out var last) && token <= last) wrong.Add($"{taskId} had token {last}, then {token}");
            tokens[taskId] = token;
        }
        return wrong;
    }

    private Task StartLoad(Uri address, CancellationToken stop) => Task.Run(async () =>
    {
        using var admin = new HttpClient { BaseAddress = address };
        admin.DefaultRequestHeaders.Add("X-Admin-Token", ServerProcess.AdminToken);
        foreach (var repo in new[] { "acme/shop", "acme/blog" })
            await SendAsync(admin, HttpMethod.Post, "/v1/admin/repos", new { repo, max_open_prs = 5 }, CancellationToken.None);
        var workers = Enumerable.Range(0, WorkerCount).Select(index => WorkAsync(address, $"worker {index}", stop));
        await Task.WhenAll([AddTasksAsync(admin, stop), .. workers]);
    }, CancellationToken.None);

    private async Task AddTasksAsync(HttpClient admin, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            // The external id makes a repeat after a lost answer find the first.
            var task = new { repo = i % 2 == 0 ? "acme/shop" : "acme/blog", title = $"Task {i}", external_id = $"ext-{i}" };
            if (await SendAsync(admin, HttpMethod.Post, "/v1/admin/tasks", task, stop) is { } answer)
                _history.Saw((string)answer["task_id"]!, "ready");
        }
    }

    private async Task WorkAsync(Uri address, string name, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = address };
        if (await SendAsync(client, HttpMethod.Post, "/v1/workers/register", new { name }, stop) is not { } registered) return;
        var workerId = (string)registered["worker_id"]!;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)registered["token"]!);
        while (!stop.IsCancellationRequested)
        {
            if (await SendAsync(client, HttpMethod.Get, "/v1/work", null, stop) is not { } work) continue;
            foreach (var lease in work["leases"]!.AsArray())
            {
                var taskId = (string)lease!["task_id"]!;
                _history.SawLease(taskId, (long)lease["fencing_token"]!, workerId);
                foreach (var status in new[] { "in_progress", "pr_opened", "merged" })
                {
                    var answer = await SendAsync(client, HttpMethod.Post, $"/v1/tasks/{taskId}/status", new { status }, stop);
                    if (answer is not null) _history.Saw(taskId, (string)answer["status"]!);
                }
            }
        }
    }

    /// <summary>Sends until there is an answer, however often the server dies meanwhile. A refused report (the phase had moved on before
    /// the answer was lost) is null.</summary>
    private static async Task<JsonNode?> SendAsync(HttpClient client, HttpMethod method, string path, object? body, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
                using var answer = await client.SendAsync(request, stop);
                if (answer.IsSuccessStatusCode) return await answer.Content.ReadFromJsonAsync<JsonNode>(stop);
                if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Conflict) return null;
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException)
            {
                await Task.Yield();
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
        return null;
    }

    private static async Task<List<object[]>> QueryAsync(SqliteStorage storage, string sql)
    {
        await using var connection = await storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }
}
