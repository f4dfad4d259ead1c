using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Tests.Conformance;

/// <summary>What a stop does to requests.</summary>
public sealed class PlainHttpTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Send_StoppedWhileUnderWay_GivesTheAnswerAndSendsNoMore()
    {
        await using var server = StopsWhenAsked();
        using var http = new PlainHttp(server.Address, TimeSpan.FromSeconds(30), new Secrets());
        var register = new Call(HttpMethod.Post, "/v1/workers/register") { Body = "{}"u8.ToArray() };

        var answer = await http.SendAsync(register, _stop.Token);

        Assert.True(_stop.IsCancellationRequested);
        Assert.Equal((201, "w_1"), (answer.Status, answer.Text("worker_id")));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.SendAsync(register, _stop.Token));
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Send_StoppedWhileTheServerWaits_IsCutShort()
    {
        await using var server = StopsWhenAsked();
        using var http = new PlainHttp(server.Address, TimeSpan.FromSeconds(30), new Secrets());
        var claim = new Call(HttpMethod.Post, "/v1/claims") { Body = "{}"u8.ToArray(), Wait = TimeSpan.FromSeconds(30) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.SendAsync(claim, _stop.Token));
    }

    private DefectiveServer StopsWhenAsked() => DefectiveServer.Start(null, new Defect
    {
        Before = _ =>
        {
            _stop.Cancel();
            return ProxiedAnswer.Json(201, """{"worker_id":"w_1"}""");
        },
    });
}
