using System.Text;
using OwpPool.Grains;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Answers as rows: across restarts, lost between effect and answer, and when they are old.</summary>
public sealed class StoredAnswerTests
{
    private const string Admin = TestServer.AdminToken;
    private const string Random = "8e03978e-40d5-43dd-bc93-6894a57f9324";

    [Fact]
    public async Task Repeat_AfterARestart_IsTheFirstAnswer()
    {
        await using var server = await OwnServer.StartAsync();
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: Admin);
        var registered = await server.PostAsync("/v1/workers/register", """{"name":"Once"}""", key: Random);
        var task = await server.PostAsync("/v1/admin/tasks", """{"repo":"acme/shop","title":"x"}""", admin: Admin, key: "task");
        var claimed = await server.PostAsync("/v1/claims", "{}", registered.Text("token"), key: "claim");
        Assert.Single(claimed.Json!["leases"]!.AsArray());
        await server.StopAsync();
        await server.StartAgainAsync();
        (await server.PostAsync("/v1/workers/register", """{"name":"Once"}""", key: Random)).MustReplay(registered);
        (await server.PostAsync("/v1/admin/tasks", """{"repo":"acme/shop","title":"x"}""", admin: Admin, key: "task")).MustReplay(task);
        (await server.PostAsync("/v1/claims", "{}", registered.Text("token"), key: "claim")).MustReplay(claimed);
        (await server.PostAsync("/v1/claims", """{"max":1}""", registered.Text("token"), key: "claim")).MustBeProblem(422, "idempotency_mismatch");
    }

    [Fact]
    public async Task Database_HoldsNeitherTokenNorKey()
    {
        const string key = Random;
        await using var server = await OwnServer.StartAsync();
        var registered = await server.PostAsync("/v1/workers/register", """{"name":"Findable"}""", key: key);
        var rotated = await server.PostAsync("/v1/workers/token/rotate", "{}", registered.Text("token"), key: key);
        var secrets = new[] { registered, rotated }.Select(answer => answer.Text("token").Split('.')[1]).ToList();
        AssertAbsent(server, [.. secrets, key]);
        await server.StopAsync();
        AssertAbsent(server, [.. secrets, key]);
        await server.StartAgainAsync();
        // And yet whoever has the key gets the answer.
        (await server.PostAsync("/v1/workers/register", """{"name":"Findable"}""", key: key)).MustReplay(registered);
    }

    [Fact]
    public async Task Repeat_TheAnswerWasLostAfterTheEffect_IsOneEffect()
    {
        await using var server = await OwnServer.StartAsync();
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop","max_open_prs":9}""", admin: Admin);
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");
        const string body = """{"repo":"acme/shop","title":"Once"}""";
        var first = await server.PostAsync("/v1/admin/tasks", body, admin: Admin, key: "task");
        await LoseAnswersAsync(server);
        var second = await server.PostAsync("/v1/admin/tasks", body, admin: Admin, key: "task");
        Assert.False(second.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Equal((201, first.Body), (second.Status, second.Body));

        await server.PostAsync("/v1/admin/tasks", """{"repo":"acme/shop","title":"Another"}""", admin: Admin);
        var claimed = await server.PostAsync("/v1/claims", """{"max":1}""", token, key: "claim");
        await LoseAnswersAsync(server);
        Assert.Equal(claimed.Body, (await server.PostAsync("/v1/claims", """{"max":1}""", token, key: "claim")).Body);

        var task = (string)Assert.Single(claimed.Json!["leases"]!.AsArray())!["task_id"]!;
        Assert.Equal(200, (await server.PostAsync($"/v1/tasks/{task}/release", "{}", token, key: "release")).Status);
        await LoseAnswersAsync(server);
        var released = await server.PostAsync($"/v1/tasks/{task}/release", "{}", token, key: "release");
        Assert.Equal((200, "ready"), (released.Status, released.Text("status")));
    }

    [Fact]
    public async Task Key_AfterADay_IsFreeAgain()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var server = await OwnServer.StartAsync(clock);
        var first = await server.PostAsync("/v1/admin/repos", """{"repo":"acme/one"}""", admin: Admin, key: "k");
        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        (await server.PostAsync("/v1/admin/repos", """{"repo":"acme/one"}""", admin: Admin, key: "k")).MustReplay(first);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("acme/two", (await server.PostAsync("/v1/admin/repos", """{"repo":"acme/two"}""", admin: Admin, key: "k")).Text("repo"));
    }

    [Fact]
    public async Task Clean_RemovesTheOldAnswersOnly()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var server = await OwnServer.StartAsync(clock);
        // More than two batches.
        for (var i = 0; i < 450; i++) await server.PostAsync("/v1/admin/repos", """{"repo":"acme/one"}""", admin: Admin, key: $"old-{i}");
        clock.Advance(TimeSpan.FromHours(24));
        var young = await server.PostAsync("/v1/admin/repos", """{"repo":"acme/one"}""", admin: Admin, key: "young");
        Assert.Equal(451, await CountAsync(server));
        // The hourly round, due now and again when the first answers are old enough.
        clock.Advance(TimeSpan.FromHours(2));
        await Eventually.TrueAsync(async () => await CountAsync(server) == 1, "the old answers are removed");
        (await server.PostAsync("/v1/admin/repos", """{"repo":"acme/one"}""", admin: Admin, key: "young")).MustReplay(young);
    }

    [Fact]
    public async Task Clean_UnderAGrainThatStillKnowsTheRow_CostsNoAnswer()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var server = await OwnServer.StartAsync(clock);
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/one"}""", admin: Admin, key: "k");
        clock.Advance(TimeSpan.FromHours(24));
        // Begins on the old row and keeps its version in memory; then the row goes.
        var grain = server.Get<IGrainFactory>().GetAnswer("admin", "k");
        Assert.Equal(AnswerStartKind.Run, (await grain.BeginAsync("another")).Kind);
        Assert.Equal(1, await server.Storage.Answers.RemoveAsync(clock.GetUtcNow().AddDays(1), 10));
        await Assert.ThrowsAnyAsync<Exception>(() => grain.CompleteAsync("another", new StoredAnswer(200, null, "")));
        // A new activation writes; the middleware asks for it at once.
        await grain.CompleteAsync("another", new StoredAnswer(200, null, ""));
        Assert.Equal(AnswerStartKind.Replay, (await grain.BeginAsync("another")).Kind);

        clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(AnswerStartKind.Run, (await grain.BeginAsync("third")).Kind);
        await server.Storage.Answers.RemoveAsync(clock.GetUtcNow().AddDays(1), 10);
        await grain.ForgetAsync("third");
        var answer = await server.PostAsync("/v1/admin/repos", """{"repo":"acme/two"}""", admin: Admin, key: "k");
        Assert.Equal(201, answer.Status);
        (await server.PostAsync("/v1/admin/repos", """{"repo":"acme/two"}""", admin: Admin, key: "k")).MustReplay(answer);
    }

    private static async Task LoseAnswersAsync(OwnServer server) =>
        Assert.NotEqual(0, await server.Storage.Answers.RemoveAsync(DateTimeOffset.MaxValue, 1_000));

    private static void AssertAbsent(OwnServer server, string[] secrets)
    {
        var folder = Path.GetDirectoryName(server.Database)!;
        // The lock beside the database lets nobody in, and holds nothing but a process id.
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToList();
        Assert.Contains(server.Database, files);
        foreach (var file in files)
        {
            var bytes = Read(file);
            foreach (var secret in secrets)
            {
                var raw = Encoding.ASCII.GetBytes(secret);
                foreach (var form in new[] { raw, Encoding.ASCII.GetBytes(Convert.ToBase64String(raw)), Encoding.ASCII.GetBytes(Convert.ToHexString(raw)), Encoding.Unicode.GetBytes(secret) })
                    Assert.True(bytes.AsSpan().IndexOf(form) < 0, $"{Path.GetFileName(file)} holds a secret");
            }
        }
        // The search would find what is there.
        Assert.Contains(files, file => Read(file).AsSpan().IndexOf("Findable"u8) >= 0);
    }

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static async Task<long> CountAsync(OwnServer server)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM OrleansStorage WHERE GrainTypeString = 'answer'";
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
