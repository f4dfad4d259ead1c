using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OwpPool.Client.Transport;

/// <summary>Sends calls, and repeats those that failed: none does harm when it arrives twice.</summary>
internal sealed class PoolTransport(HttpClient http, PoolClientOptions options)
{
    private readonly TimeProvider _time = options.TimeProvider;

    public PoolClientOptions Options => options;

    public HttpClient Http => http;

    /// <summary>Sends until there is an answer, repeating fails or may not be tried.</summary>
    public async Task<(HttpStatusCode Status, T Value)> SendAsync<T>(PoolCall call, JsonTypeInfo<T> type, CancellationToken ct)
    {
        var begun = _time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var isLast = attempt >= options.MaxAttempts;
            TimeSpan pause;
            try
            {
                using var response = await SendOnceAsync(call, ct).ConfigureAwait(false);
                if (response.IsSuccessStatusCode) return (response.StatusCode, await ReadAsync(response, type, ct).ConfigureAwait(false));
                var problem = await ProblemReader.ReadAsync(response, _time, ct).ConfigureAwait(false);
                pause = problem.RetryAfter ?? Backoff(attempt);
                // A proxy may have cut an attempt that goes on at the pool for as long as it may take.
                var isAtWork = problem.IsStillRunning && _time.GetElapsedTime(begun) < options.Timeout + call.Wait;
                if ((isLast && !isAtWork) || !MayRepeat(call, problem) || pause > options.MaxRetryDelay) throw problem;
                if (isAtWork) attempt--;
            }
            catch (HttpRequestException failure) when (!isLast && MayRepeat(failure))
            {
                pause = Backoff(attempt);
            }
            catch (TimeoutException) when (!isLast)
            {
                pause = Backoff(attempt);
            }
            await Task.Delay(pause, _time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Whether one GET, sent once, succeeds; false also where nothing answers.</summary>
    public async Task<bool> SucceedsAsync(string path, CancellationToken ct)
    {
        try
        {
            using var response = await SendOnceAsync(PoolCall.Get(path, Caller.Anyone), ct).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>One GET, sent once, with the server's clock and the time that it took.</summary>
    public async Task<(T Value, DateTimeOffset? Date, TimeSpan Elapsed)> ProbeAsync<T>(
        string path, JsonTypeInfo<T> type, CancellationToken ct)
    {
        var begun = _time.GetTimestamp();
        using var response = await SendOnceAsync(PoolCall.Get(path, Caller.Anyone), ct).ConfigureAwait(false);
        var elapsed = _time.GetElapsedTime(begun);
        if (!response.IsSuccessStatusCode) throw await ProblemReader.ReadAsync(response, _time, ct).ConfigureAwait(false);
        return (await ReadAsync(response, type, ct).ConfigureAwait(false), response.Headers.Date, elapsed);
    }

    /// <summary>Opens a stream, behind the event of an id if there is one: answers when its headers are there.</summary>
    public Task<HttpResponseMessage> OpenAsync(PoolCall call, string mediaType, string? lastId, CancellationToken ct) =>
        SendOnceAsync(call, HttpCompletionOption.ResponseHeadersRead, request =>
        {
            // Where a request names what it accepts, what the client accepts otherwise is left out.
            request.Headers.Accept.ParseAdd(mediaType);
            if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        }, ct);

    private Task<HttpResponseMessage> SendOnceAsync(PoolCall call, CancellationToken ct) =>
        SendOnceAsync(call, HttpCompletionOption.ResponseContentRead, static _ => { }, ct);

    private async Task<HttpResponseMessage> SendOnceAsync(
        PoolCall call, HttpCompletionOption completion, Action<HttpRequestMessage> with, CancellationToken ct)
    {
        var limit = options.Timeout + call.Wait;
        using var timeout = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        using var request = Request(call);
        with(request);
        var begun = _time.GetTimestamp();
        try
        {
            var response = await http.SendAsync(request, completion, either.Token).ConfigureAwait(false);
            Tell(call, begun, $"{(int)response.StatusCode} {response.ReasonPhrase}");
            return response;
        }
        catch (HttpRequestException failure)
        {
            Tell(call, begun, failure.Message);
            throw;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            Tell(call, begun, "no answer in time");
            throw new TimeoutException($"{call.Method} {call.Path} had no answer within {limit.TotalSeconds:0.#} s.");
        }
        catch (SocketException failure)
        {
            // Where a server goes just as it accepts, SocketsHttpHandler asks the dead socket for its address and lets that error through.
            throw new HttpRequestException(HttpRequestError.ConnectionError, failure.Message, failure);
        }
    }

    private void Tell(PoolCall call, long begun, string outcome) =>
        options.Observe?.Invoke(new PoolAttempt(call.Method, call.Path, outcome, _time.GetElapsedTime(begun)));

    private HttpRequestMessage Request(PoolCall call)
    {
        var request = new HttpRequestMessage(call.Method, call.Path);
        if (call.Body is not null)
        {
            request.Content = new ByteArrayContent(call.Body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(call.ContentType);
        }
        if (call.IdempotencyKey is { } key) request.Headers.Add("Idempotency-Key", key);
        if (call.IfMatch is { } version) request.Headers.TryAddWithoutValidation("If-Match", version);
        if (call.Caller is Caller.Worker && options.WorkerToken is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (call.Caller is Caller.Admin && options.AdminToken is { } admin)
            request.Headers.Add("X-Admin-Token", admin);
        return request;
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken ct)
    {
        var body = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException failure)
        {
            var path = response.RequestMessage?.RequestUri?.AbsolutePath;
            // Where a proxy does not know the length of an answer, one that was cut looks like a short one.
            if (IsCut(body)) throw new HttpRequestException(HttpRequestError.ResponseEnded, $"The answer to {path} ended too early.", failure);
            throw new HttpRequestException(HttpRequestError.InvalidResponse, $"The answer to {path} is not what OWP v0.1 says.", failure);
        }
    }

    /// <summary>Whether it is the beginning of a JSON text, or nothing.</summary>
    private static bool IsCut(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, isFinalBlock: false, default);
        try
        {
            while (reader.Read()) { }
        }
        catch (JsonException)
        {
            return false;
        }
        return reader.CurrentDepth > 0 || reader.TokenType is JsonTokenType.None;
    }

    /// <summary>A conflict that will pass is a first request with the same key that still runs.</summary>
    private static bool MayRepeat(PoolCall call, PoolProblemException problem) => problem.Status switch
    {
        HttpStatusCode.Conflict => call.IdempotencyKey is not null && (problem.IsStillRunning || problem.RetryAfter is not null),
        var status => MayPass(status),
    };

    /// <summary>No place at the moment, or a pool or proxy that starts, stops or does not wait any longer.</summary>
    public static bool MayPass(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static bool MayRepeat(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.InvalidResponse => failure.InnerException is not JsonException,
        HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError
            or HttpRequestError.ConfigurationLimitExceeded => false,
        _ => true,
    };

    /// <summary>The pause after so many failures in a row.</summary>
    public TimeSpan Backoff(int attempt)
    {
        var full = options.RetryDelay * Math.Pow(2, attempt - 1);
        // Clients that failed together must not come back together.
        var jittered = full * (1 - (Random.Shared.NextDouble() / 2));
        return jittered < options.MaxRetryDelay ? jittered : options.MaxRetryDelay;
    }
}
