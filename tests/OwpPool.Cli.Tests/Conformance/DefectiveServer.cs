using System.Collections.Concurrent;
using System.Net;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Conformance;

/// <summary>A fault planted in front of a server that is right.</summary>
internal sealed class Defect
{
    /// <summary>Changes the request, or answers in the server's place.</summary>
    public Func<ProxiedRequest, ProxiedAnswer?> Before { get; init; } = static _ => null;

    /// <summary>Changes the answer.</summary>
    public Action<ProxiedRequest, ProxiedAnswer> After { get; init; } = static (_, _) => { };
}

/// <summary>Passes requests on to a server, under a path of its own, with a defect on the way.</summary>
internal sealed class DefectiveServer : IAsyncDisposable
{
    private const string Base = "/behind/a/proxy";

    private static readonly string[] OwnHeaders = ["Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "Keep-Alive"];

    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        Expect100ContinueTimeout = TimeSpan.FromMinutes(1),
    });
    private readonly Uri? _server;
    private readonly Defect _defect;
    private readonly ConcurrentDictionary<Task, bool> _underWay = [];
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _loop;

    private DefectiveServer(Uri? server, Defect defect, int port)
    {
        (_server, _defect) = (server, defect);
        Address = new Uri($"http://127.0.0.1:{port}{Base}");
        _http.Timeout = TimeSpan.FromSeconds(100);
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _loop = LoopAsync();
    }

    public Uri Address { get; }

    /// <summary>What was asked and answered, in no certain order.</summary>
    public ConcurrentQueue<(string Method, string Target, int Status)> Seen { get; } = [];

    /// <param name="server">The server that is right; null where the defect answers everything.</param>
    /// <param name="defect">What is wrong.</param>
    public static DefectiveServer Start(Uri? server, Defect defect) => new(server, defect, TestPorts.Take());

    /// <summary>Goes away, whatever is under way.</summary>
    public void Stop()
    {
        _listener.Close();
        _stopped.Cancel();
    }

    /// <summary>Stops, and returns once the server has answered all that was passed on to it.</summary>
    public async Task DrainAsync()
    {
        Stop();
        await _loop;
        await Task.WhenAll(_underWay.Keys);
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _loop;
        _http.Dispose();
        _stopped.Dispose();
    }

    private async Task LoopAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                var served = ServeAsync(context);
                _underWay[served] = true;
                _ = served.ContinueWith(over => _underWay.TryRemove(over, out _), TaskScheduler.Default);
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
            if (_defect.Before(request) is { } answer)
            {
                _defect.After(request, answer);
                await WriteAsync(context.Response, request, answer);
                return;
            }
            using var passed = Pass(request);
            using var response = await _http.SendAsync(passed, HttpCompletionOption.ResponseHeadersRead);
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream") await StreamAsync(context.Response, response);
            else await WriteAsync(context.Response, request, await AnswerAsync(request, response));
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or HttpRequestException or ObjectDisposedException
            or OperationCanceledException)
        {
            context.Response.Abort();
        }
    }

    private static async Task<ProxiedRequest> ReadAsync(HttpListenerRequest request)
    {
        using var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body);
        var headers = request.Headers.AllKeys.Where(name => name is not null
            && !OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            .ToDictionary(name => name!, name => request.Headers[name]!, StringComparer.OrdinalIgnoreCase);
        Assert.StartsWith(Base, request.RawUrl, StringComparison.Ordinal);
        return new ProxiedRequest(request.HttpMethod, request.RawUrl![Base.Length..], headers, body.ToArray());
    }

    private HttpRequestMessage Pass(ProxiedRequest request)
    {
        var passed = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(_server!, request.Target));
        if (request.Body.Length > 0 || request.Method is "POST" or "PATCH") passed.Content = new ByteArrayContent(request.Body);
        // A server that refuses a large body need not read it, and its answer may be lost if the body is sent all the same.
        passed.Headers.ExpectContinue = request.Body.Length > 1_000_000;
        foreach (var (name, value) in request.Headers)
            if (!passed.Headers.TryAddWithoutValidation(name, value)) passed.Content?.Headers.TryAddWithoutValidation(name, value);
        return passed;
    }

    private async Task<ProxiedAnswer> AnswerAsync(ProxiedRequest request, HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers).Where(header => !OwnHeaders.Contains(header.Key))
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        var answer = new ProxiedAnswer((int)response.StatusCode, headers, await response.Content.ReadAsByteArrayAsync());
        _defect.After(request, answer);
        return answer;
    }

    private async Task WriteAsync(HttpListenerResponse response, ProxiedRequest request, ProxiedAnswer answer)
    {
        Seen.Enqueue((request.Method, request.Target, answer.Status));
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers) response.AddHeader(name, value);
        response.ContentLength64 = answer.Body.Length;
        await response.OutputStream.WriteAsync(answer.Body);
        response.Close();
    }

    private async Task StreamAsync(HttpListenerResponse response, HttpResponseMessage source)
    {
        response.ContentType = "text/event-stream";
        response.SendChunked = true;
        var body = await source.Content.ReadAsStreamAsync();
        var bytes = new byte[4096];
        for (int read; (read = await body.ReadAsync(bytes, _stopped.Token)) > 0;)
        {
            await response.OutputStream.WriteAsync(bytes.AsMemory(0, read));
            await response.OutputStream.FlushAsync();
        }
        response.Close();
    }
}
