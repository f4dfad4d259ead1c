using System.Collections.Concurrent;
using System.Net;
using System.Text;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Support;

/// <summary>What a proxy does to the first arrival of a request.</summary>
public enum ProxyFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It cuts the connection and passes nothing on.</summary>
    CutsRequest,

    /// <summary>The pool does what is asked; the connection is cut before the answer.</summary>
    CutsAnswer,

    /// <summary>The pool does what is asked; the answer comes as a 200 without a body, as where a proxy does not know its length.</summary>
    AnswersNothing,

    /// <summary>It answers 504 in the pool's place, which is still at work.</summary>
    TimesOut,

    /// <summary>It answers 502 and has passed nothing on.</summary>
    IsBadGateway,

    /// <summary>It passes it on twice, one after the other, and hands over the second answer.</summary>
    Repeats,

    /// <summary>It passes it on twice at once, and hands over the answer that says least.</summary>
    RepeatsAtOnce,
}

/// <summary>A proxy between a client and a pool that cuts, delays and repeats.</summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private static readonly string[] OwnHeaders = ["Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "Keep-Alive"];

    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly ConcurrentDictionary<string, bool> _seen = [];
    private readonly ConcurrentQueue<Passed> _passed = [];
    private readonly ConcurrentBag<Task> _underWay = [];
    private readonly Uri _pool;
    private readonly Task _loop;

    private FaultyProxy(Uri pool, int port)
    {
        _pool = pool;
        Address = new Uri($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Address.AbsoluteUri);
        _listener.Start();
        _loop = LoopAsync();
    }

    public Uri Address { get; }

    /// <summary>What becomes of the first arrival of each request: of each key where it has one, else of each path.</summary>
    public ProxyFault Fault { get; set; }

    /// <summary>Requests that met the fault, <c>POST /v1/…</c>.</summary>
    public ConcurrentQueue<string> Met { get; } = [];

    public static FaultyProxy To(Uri pool) => new(pool, TestPorts.Take());

    /// <summary>Passes on once more all that has a key, as a proxy may that has held copies back.</summary>
    /// <returns>How many there were that the pool took for good.</returns>
    public async Task<int> PassAllAgainAsync()
    {
        var taken = 0;
        foreach (var request in _passed.Where(request => request.Headers.ContainsKey("Idempotency-Key")).ToList())
        {
            using var answer = await SendAsync(request);
            if (answer.IsSuccessStatusCode) taken++;
        }
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
        await Task.WhenAll(_underWay);
        _http.Dispose();
    }

    private async Task LoopAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                _underWay.Add(ServeAsync(await _listener.GetContextAsync()));
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(HttpListenerContext context)
    {
        try
        {
            var request = await ReadAsync(context.Request);
            var isFirst = _seen.TryAdd(request.Headers.GetValueOrDefault("Idempotency-Key") ?? $"{request.Method} {request.Target}", true);
            var fault = isFirst ? Fault : ProxyFault.None;
            if (fault is not ProxyFault.None) Met.Enqueue($"{request.Method} {request.Target}");
            await ServeAsync(context.Response, request, fault);
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or HttpRequestException or ObjectDisposedException)
        {
            context.Response.Abort();
        }
    }

    private async Task ServeAsync(HttpListenerResponse response, Passed request, ProxyFault fault)
    {
        switch (fault)
        {
            case ProxyFault.CutsRequest:
                await CutAsync(response);
                break;
            case ProxyFault.CutsAnswer:
                using (await SendAsync(request)) { }
                await CutAsync(response);
                break;
            case ProxyFault.AnswersNothing:
                using (await SendAsync(request)) { }
                await WriteAsync(response, []);
                break;
            case ProxyFault.TimesOut:
                _underWay.Add(SendAsync(request));
                await WriteAsync(response, HttpStatusCode.GatewayTimeout);
                break;
            case ProxyFault.IsBadGateway:
                await WriteAsync(response, HttpStatusCode.BadGateway);
                break;
            case ProxyFault.Repeats:
                using (await SendAsync(request)) { }
                using (var second = await SendAsync(request)) await WriteAsync(response, second);
                break;
            case ProxyFault.RepeatsAtOnce:
                var answers = await Task.WhenAll(SendAsync(request), SendAsync(request));
                await WriteAsync(response, answers.MaxBy(answer => answer.StatusCode)!);
                break;
            default:
                using (var answer = await SendAsync(request)) await WriteAsync(response, answer);
                break;
        }
    }

    private Task<HttpResponseMessage> SendAsync(Passed request)
    {
        _passed.Enqueue(request);
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(_pool, request.Target));
        if (request.Body.Length > 0 || request.Method is "POST" or "PATCH") message.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in request.Headers)
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        return _http.SendAsync(message);
    }

    private static async Task<Passed> ReadAsync(HttpListenerRequest request)
    {
        using var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body);
        var headers = request.Headers.AllKeys.Where(name => name is not null && !OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            .ToDictionary(name => name!, name => request.Headers[name]!, StringComparer.OrdinalIgnoreCase);
        return new Passed(request.HttpMethod, request.RawUrl!, headers, body.ToArray());
    }

    private static async Task CutAsync(HttpListenerResponse response)
    {
        response.ContentLength64 = 1000;
        await response.OutputStream.WriteAsync("{"u8.ToArray());
        await response.OutputStream.FlushAsync();
        response.Abort();
    }

    private static async Task WriteAsync(HttpListenerResponse response, HttpResponseMessage answer)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase)) response.AddHeader(name, string.Join(", ", values));
        await WriteAsync(response, await answer.Content.ReadAsByteArrayAsync());
    }

    private static Task WriteAsync(HttpListenerResponse response, HttpStatusCode status)
    {
        (response.StatusCode, response.ContentType) = ((int)status, "text/html");
        return WriteAsync(response, Encoding.UTF8.GetBytes($"<h1>{(int)status}</h1>"));
    }

    private static async Task WriteAsync(HttpListenerResponse response, byte[] body)
    {
        response.ContentLength64 = body.Length;
        await response.OutputStream.WriteAsync(body);
        response.Close();
    }

    private sealed record Passed(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body);
}
