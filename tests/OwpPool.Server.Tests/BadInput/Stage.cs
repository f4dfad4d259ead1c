using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OwpPool.Server.Admin;
using OwpPool.Server.Hosting;
using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>A server whose clock stands still, so that nothing changes but by what is sent, with everybody whom the rows need; and the
/// checks that hold after every single request.</summary>
public sealed class Stage : IAsyncDisposable
{
    private static int _sent;
    private readonly CapturedLog _log;
    private readonly HashSet<string> _secrets = new(StringComparer.Ordinal);

    private Stage(TestServer server, ManualTimeProvider clock, CapturedLog log)
    {
        (Server, Clock, _log) = (server, clock, log);
        AddSecret(TestServer.AdminToken);
        AddSecret(GitHubDeliveries.Secret);
    }

    public TestServer Server { get; }

    public ManualTimeProvider Clock { get; }

    public ApiDocument Api { get; private set; } = null!;

    /// <summary>A worker that holds <see cref="Lease"/>, not begun.</summary>
    public Actor Worker { get; private set; } = null!;

    /// <summary>A worker that holds nothing and gets nothing.</summary>
    public Actor Other { get; private set; } = null!;

    public JsonNode Lease { get; private set; } = null!;

    public string TaskId => (string)Lease["task_id"]!;

    public string Repo => (string)Lease["repo"]!;

    /// <summary>Requests that were sent and checked, on all stages.</summary>
    public static int Sent => _sent;

    public static async Task<Stage> StartAsync(params (string Name, string Value)[] settings)
    {
        var (clock, log) = (new ManualTimeProvider(), new CapturedLog());
        var server = await TestServer.StartAsync(services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.RemoveAll<ILoggerProvider>();
            services.AddSingleton<ILoggerProvider>(log);
            // Nobody listens on the port of "discard": no row reaches GitHub itself.
        }, [("LOG_LEVEL", "trace"), ("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret), ("OwpPool__GitHub__ApiUrl", "http://127.0.0.1:9"),
            .. settings]);
        var stage = new Stage(server, clock, log) { Api = await ApiDocument.ReadAsync(server) };
        (stage.Worker, stage.Lease) = await stage.LeaseAsync();
        stage.Other = await stage.RegisterAsync();
        return stage;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    public async Task<Actor> RegisterAsync(string fields = "")
    {
        var (id, token) = await Server.RegisterAsync(fields);
        AddSecret(token);
        return new Actor(id, token);
    }

    /// <summary>A new worker that holds a new task in a new repo.</summary>
    public async Task<(Actor Worker, JsonNode Lease)> LeaseAsync(string repoFields = "", string taskFields = "", string workerFields = "")
    {
        var skill = Path.GetRandomFileName();
        var repo = await Server.AddRepoAsync(repoFields);
        var worker = await RegisterAsync($$""","skills":["{{skill}}"]{{workerFields}}""");
        await Server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]{{taskFields}}""");
        return (worker, Assert.Single(await LeasesAsync(worker, 1)));
    }

    /// <summary>Asks until the worker holds so many leases; the repo tells of its tasks a moment after they were added.</summary>
    public async Task<IReadOnlyList<JsonNode>> LeasesAsync(Actor worker, int count)
    {
        IReadOnlyList<JsonNode> leases = [];
        await Eventually.TrueInTimeAsync(() => Clock.Advance(TimeSpan.FromMilliseconds(1)), async () =>
        {
            leases = [.. (await Server.GetAsync("/v1/work", worker.Token)).Json!["leases"]!.AsArray().Select(lease => lease!)];
            return leases.Count >= count;
        }, $"{count} leases");
        Assert.Equal(count, leases.Count);
        return leases;
    }

    /// <summary>Sends what must be refused with a 4xx and change nothing.</summary>
    public async Task<Answer> RefusedAsync(RawRequest request)
    {
        var answer = await KeptAsync(request);
        Assert.True(answer.Status is >= 400 and < 500, $"{request.Method} {request.Path} was answered {answer.Status} {answer.Body}");
        return answer;
    }

    /// <summary>Sends what must be taken and change nothing.</summary>
    public async Task<Answer> HarmlessAsync(RawRequest request, int status = 200)
    {
        var answer = await KeptAsync(request);
        Assert.True(answer.Status == status, $"{request.Method} {request.Path} was answered {answer.Status} {answer.Body}");
        return answer;
    }

    /// <summary>Sends what is odd and right.</summary>
    public async Task<Answer> TakenAsync(RawRequest request, int status = 200)
    {
        var answer = Assert.Single(await RawHttp.SendAsync(Server.Address, [request.ToBytes(Server.Address)]));
        Assert.True(answer.Status == status, $"{request.Method} {request.Path} was answered {answer.Status} {answer.Body}");
        if (answer.Json?["token"] is { } token) AddSecret((string)token!);
        await CheckAsync([answer]);
        return answer;
    }

    /// <summary>Sends bytes that are no proper request, and may have no proper answer, and change nothing.</summary>
    /// <returns>The answers; none if the server closed.</returns>
    public async Task<IReadOnlyList<Answer>> KeptAsync(IEnumerable<ReadOnlyMemory<byte>> parts, bool half = false)
    {
        var before = await DigestAsync();
        var answers = await RawHttp.SendAsync(Server.Address, parts, half);
        Assert.Equal(before, await DigestAsync());
        await CheckAsync(answers);
        return answers;
    }

    /// <summary>The same, of text that is sent a character a byte.</summary>
    public Task<IReadOnlyList<Answer>> KeptAsync(string request, bool half = false) =>
        KeptAsync([Encoding.Latin1.GetBytes(request.Replace("{host}", Server.Address.Authority, StringComparison.Ordinal))], half);

    /// <summary>Plays something between two looks at the pool's state, which must be the same.</summary>
    public async Task UnchangedAsync(Func<Task> play)
    {
        var before = await DigestAsync();
        await play();
        Assert.Equal(before, await DigestAsync());
    }

    /// <summary>No line of the log tells of a fault of the server, or holds a secret.</summary>
    public async Task CheckAsync(IEnumerable<Answer> answers)
    {
        Interlocked.Increment(ref _sent);
        foreach (var answer in answers)
        {
            Assert.True(answer.Status < 500, answer.Body);
            if (answer.Status < 400) continue;
            Assert.DoesNotContain("Exception", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("SELECT ", answer.Body, StringComparison.OrdinalIgnoreCase);
            MustHoldNoSecret($"{answer.Body} {string.Join(' ', answer.Headers.Values)}");
        }
        Assert.Equal(200, (await Server.GetAsync("/livez")).Status);
        var (lines, faults) = _log.Take();
        Assert.Empty(faults);
        MustHoldNoSecret(lines);
    }

    private async Task<Answer> KeptAsync(RawRequest request)
    {
        var answers = await KeptAsync([request.ToBytes(Server.Address)]);
        Assert.True(answers.Count == 1, $"{request.Method} {request.Path} had {answers.Count} answers");
        return answers[0];
    }

    /// <summary>Events, states with their versions, and what the admin would be told, which is read as the endpoint reads it. Answers to
    /// idempotency keys are no state of the pool.</summary>
    private async Task<string> DigestAsync()
    {
        await using var connection = await Server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT (SELECT COALESCE(max(seq), 0) FROM pool_events) || ' events, ' || count(*) || ' states, ' || sum(Version) || ' versions'
            FROM OrleansStorage WHERE GrainTypeString <> 'answer'
            """;
        var digest = (string)(await command.ExecuteScalarAsync())!;
        var state = StateEndpoints.ToWire(await Server.Storage.ReadModel.ReadPoolStateAsync());
        return $"{digest} {JsonSerializer.Serialize(state, Wire.Json.StateResponse)}";
    }

    private void AddSecret(string token)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(token));
        _secrets.UnionWith([token[(token.IndexOf('.') + 1)..], Convert.ToBase64String(hash), Convert.ToHexStringLower(hash)]);
    }

    private void MustHoldNoSecret(string text)
    {
        foreach (var secret in _secrets) Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase),
            "A secret is in an answer or a log line.");
    }
}

/// <summary>A registered worker.</summary>
public sealed record Actor(string Id, string Token)
{
    /// <summary>The token without the id that it begins with.</summary>
    public string Secret => Token[(Token.IndexOf('.', StringComparison.Ordinal) + 1)..];
}
