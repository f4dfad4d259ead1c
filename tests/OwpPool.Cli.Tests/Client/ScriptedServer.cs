using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace OwpPool.Cli.Tests.Client;

/// <summary>A request as it left the client.</summary>
internal sealed record SentRequest(HttpMethod Method, Uri Uri, string? Body, string? ContentType, HttpRequestHeaders Headers);

/// <summary>Answers with what the test has written down, in order, and keeps what it was asked.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> _answers = new();

    private readonly ConcurrentQueue<SentRequest> _requests = new();

    /// <summary>What it was asked until now.</summary>
    public IReadOnlyList<SentRequest> Requests => [.. _requests];

    public ScriptedServer Answers(HttpStatusCode status, string json = "{}", string type = "application/json", int? retryAfter = null)
    {
        _answers.Enqueue(_ => Task.FromResult(Response(status, json, type, retryAfter)));
        return this;
    }

    /// <summary>An answer of which the test changes the headers.</summary>
    public ScriptedServer Answers(HttpStatusCode status, Action<HttpResponseMessage> change)
    {
        _answers.Enqueue(_ =>
        {
            var response = Response(status, "{}", "application/json", null);
            change(response);
            return Task.FromResult(response);
        });
        return this;
    }

    public ScriptedServer Fails(HttpRequestError error)
    {
        _answers.Enqueue(_ => throw new HttpRequestException(error, "as the test says"));
        return this;
    }

    public ScriptedServer Fails(Exception failure)
    {
        _answers.Enqueue(_ => throw failure);
        return this;
    }

    public ScriptedServer NeverAnswers()
    {
        _answers.Enqueue(async ct =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            return new HttpResponseMessage();
        });
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        _requests.Enqueue(new(request.Method, request.RequestUri!, body, request.Content?.Headers.ContentType?.ToString(), request.Headers));
        Assert.True(_answers.Count > 0, $"One request more than the test foresaw: {request.Method} {request.RequestUri}");
        var response = await _answers.Dequeue()(cancellationToken);
        response.RequestMessage = request;
        return response;
    }

    private static HttpResponseMessage Response(HttpStatusCode status, string json, string type, int? retryAfter)
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, type) };
        if (retryAfter is { } seconds) response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds));
        return response;
    }
}
