using System.Net.Sockets;
using System.Text;

namespace OwpPool.Cli.Conformance.Wire;

/// <summary>Sends requests as they are and gives back what really came. Knows nothing of the protocol but that 429 and 503 with
/// <c>Retry-After</c> mean "later".</summary>
internal sealed class PlainHttp : IDisposable
{
    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Rates fill up again; a server that is not there may never be.</summary>
    private static readonly Dictionary<int, TimeSpan> LongestPauses =
        new() { [429] = TimeSpan.FromMinutes(3), [503] = TimeSpan.FromSeconds(3) };

    private readonly HttpClient _http;
    private readonly string _root;
    private readonly TimeSpan _timeout;
    private int _unanswered;

    /// <param name="server">Where the server is; a path is put before all others.</param>
    /// <param name="timeout">How long an answer may take, on top of the wait that was asked for.</param>
    /// <param name="secrets">What no message may show.</param>
    public PlainHttp(Uri server, TimeSpan timeout, Secrets secrets)
    {
        (_root, _timeout, Secrets) = (server.AbsoluteUri.TrimEnd('/'), timeout, secrets);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = timeout,
            // The answer of a server that refuses a body and closes may be lost if the body is sent meanwhile; a server that does not know
            // "100 Continue" needs time left to answer (RFC 9110 §10.1.1).
            Expect100ContinueTimeout = timeout / 3,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    public Secrets Secrets { get; }

    /// <summary>Requests in a row that had no answer.</summary>
    public int Unanswered => _unanswered;

    /// <summary>The first answer of each kind that put the caller off.</summary>
    public WireAnswer? FirstRateLimited { get; private set; }

    /// <summary>See <see cref="FirstRateLimited"/>.</summary>
    public WireAnswer? FirstUnavailable { get; private set; }

    /// <param name="call">What to send.</param>
    /// <param name="ct">Ends pauses, and requests that ask the server to wait. Any other request that was sent is waited for until the time
    /// limit: what it made can only be removed when its answer is known.</param>
    /// <exception cref="NoAnswerException">There was none, or none that is HTTP.</exception>
    public async Task<WireAnswer> SendAsync(Call call, CancellationToken ct)
    {
        for (var paused = TimeSpan.Zero; ;)
        {
            ct.ThrowIfCancellationRequested();
            var end = call.Wait > TimeSpan.Zero ? ct : CancellationToken.None;
            using var response = await OpenAsync(call, HttpCompletionOption.ResponseContentRead, end);
            var answer = await ReadAsync(call, response, end);
            if (answer.Status == 429) FirstRateLimited ??= answer;
            if (answer.Status == 503) FirstUnavailable ??= answer;
            if (!LongestPauses.TryGetValue(answer.Status, out var longest) || paused >= longest
                || PauseOf(response) is not { } pause) return answer;
            await Task.Delay(pause, ct);
            paused += pause + TimeSpan.FromMilliseconds(1);
        }
    }

    /// <summary>Opens a stream of events; the answer tells what it is.</summary>
    public async Task<EventStream> FollowAsync(Call call, CancellationToken ct)
    {
        var response = await OpenAsync(call, HttpCompletionOption.ResponseHeadersRead, ct);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            return new EventStream(response, new WireAnswer(call, (int)response.StatusCode, HeadersOf(response), "", Secrets), _timeout);
        using (response) return new EventStream(null, await ReadAsync(call, response, ct), _timeout);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> OpenAsync(Call call, HttpCompletionOption completion, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_timeout + call.Wait);
        using var request = Request(call);
        try
        {
            var response = await _http.SendAsync(request, completion, limit.Token);
            Interlocked.Exchange(ref _unanswered, 0);
            return response;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw NoAnswer(call, $"no answer within {(_timeout + call.Wait).TotalSeconds:0.#} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException or IOException)
        {
            throw NoAnswer(call, Describe(failure));
        }
    }

    private NoAnswerException NoAnswer(Call call, string got)
    {
        Interlocked.Increment(ref _unanswered);
        return new NoAnswerException(Secrets.Hide(call.ToString()), Secrets.Hide(got));
    }

    private static string Describe(Exception failure) =>
        failure.InnerException is { } cause && !failure.Message.Contains(cause.Message, StringComparison.Ordinal)
            ? $"{failure.Message} {cause.Message}" : failure.Message;

    private HttpRequestMessage Request(Call call)
    {
        var request = new HttpRequestMessage(call.Method, _root + call.Path);
        if (call.Body is not null)
        {
            request.Content = new ByteArrayContent(call.Body);
            if (call.ContentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", call.ContentType);
        }
        foreach (var (name, value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private async Task<WireAnswer> ReadAsync(Call call, HttpResponseMessage response, CancellationToken ct)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(ct);
        return new WireAnswer(call, (int)response.StatusCode, HeadersOf(response), Encoding.UTF8.GetString(bytes), Secrets);
    }

    private static ILookup<string, string> HeadersOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .SelectMany(header => header.Value.Select(value => (header.Key, value)))
            .ToLookup(header => header.Key, header => header.value, StringComparer.OrdinalIgnoreCase);

    private static TimeSpan? PauseOf(HttpResponseMessage response) =>
        response.Headers.RetryAfter is { Delta: { } pause } && pause <= LongestPause ? pause : null;
}
