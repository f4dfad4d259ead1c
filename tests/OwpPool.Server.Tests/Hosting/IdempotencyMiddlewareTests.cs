using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>What is kept and what is not, with endpoints that answer as a test likes.</summary>
[Collection(SharedServer.Name)]
public sealed class IdempotencyMiddlewareTests(SharedServer.Fixture shared)
{
    [Theory]
    [InlineData(200, true)]
    [InlineData(201, true)]
    [InlineData(204, true)]
    [InlineData(400, true)]
    [InlineData(403, true)]
    [InlineData(404, true)]
    [InlineData(409, true)]
    [InlineData(415, true)]
    [InlineData(401, false)]
    [InlineData(408, false)]
    [InlineData(413, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task Answer_ByStatus_IsKeptOrForgotten(int status, bool kept)
    {
        var (key, runs) = (Keyed.NewKey(), 0);
        async Task Endpoint(HttpContext http)
        {
            http.Response.StatusCode = status;
            await http.Response.Body.WriteAsync(new byte[] { (byte)++runs }, http.RequestAborted);
        }
        var first = await SendAsync(key, Endpoint);
        var second = await SendAsync(key, Endpoint);
        Assert.Equal((status, status), (first.Status, second.Status));
        Assert.Equal(kept ? (1, 1) : (2, 2), (runs, second.Body[0]));
    }

    [Fact]
    public async Task Answer_CallerIsGone_IsKeptForTheRepeat()
    {
        var (key, runs) = (Keyed.NewKey(), 0);
        async Task Endpoint(HttpContext http)
        {
            runs++;
            await http.Response.Body.WriteAsync("done"u8.ToArray(), http.RequestAborted);
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(key, Endpoint, gone: true));
        var again = await SendAsync(key, Endpoint);
        Assert.Equal((1, "done"), (runs, System.Text.Encoding.UTF8.GetString(again.Body)));
    }

    [Fact]
    public async Task Fault_IsPassedOnAndTheRepeatRunsAnew()
    {
        var (key, runs) = (Keyed.NewKey(), 0);
        Task Endpoint(HttpContext http) => runs++ == 0 ? throw new TimeoutException("storage") : Task.CompletedTask;
        await Assert.ThrowsAsync<TimeoutException>(() => SendAsync(key, Endpoint));
        Assert.Equal(200, (await SendAsync(key, Endpoint)).Status);
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Endpoint_SeesTheWholeBodyAndTheEffectKey()
    {
        string? body = null, effectKey = null;
        await SendAsync(Keyed.NewKey(), async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            (body, effectKey) = (await reader.ReadToEndAsync(), http.RequestKey());
        });
        Assert.Equal("{}", body);
        Assert.NotNull(effectKey);
    }

    private async Task<(int Status, byte[] Body)> SendAsync(string key, RequestDelegate endpoint, bool gone = false)
    {
        using var sent = new MemoryStream();
        using var aborted = new CancellationTokenSource();
        var http = new DefaultHttpContext { RequestAborted = aborted.Token };
        http.SetEndpoint(new Endpoint(endpoint, new EndpointMetadataCollection(new AccessMetadata(AccessRule.Admin)), "test"));
        (http.Request.Method, http.Request.Path, http.Request.Body) = ("POST", "/v1/test", new MemoryStream("{}"u8.ToArray()));
        http.Request.Headers[KeyedRequest.Header] = key;
        http.Response.Body = sent;
        var middleware = new IdempotencyMiddleware(async context =>
        {
            if (gone) await aborted.CancelAsync();
            await endpoint(context);
        }, shared.Server.Get<IGrainFactory>(), shared.Server.Get<AnswerQuota>(), NullLogger<IdempotencyMiddleware>.Instance);
        await middleware.InvokeAsync(http);
        return (http.Response.StatusCode, sent.ToArray());
    }
}
