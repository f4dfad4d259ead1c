using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>An Open Work Protocol pool over HTTP.</summary>
/// <remarks>
/// <para>Every method throws <see cref="PoolProblemException"/> where the pool refuses, <see cref="HttpRequestException"/> where it
/// cannot be reached or answers nonsense, <see cref="TimeoutException"/> where it does not answer in time.</para>
/// <para>Lost connections, 408, 429, 502, 503 and 504 are repeated, after the pause that the server asks for. A second arrival does no
/// harm: what changes something carries an idempotency key, drawn once a call and the same in its repeats, so that the server does it once
/// and answers each repeat as it did the first. It knows a key for 24 hours. A 409 <c>still_running</c> says that the first arrival is not
/// done yet: it is asked again for as long as one attempt may take.</para>
/// <para>Safe to use from several threads.</para>
/// </remarks>
public sealed partial class PoolClient : IDisposable
{
    /// <summary>Longest wait that a request for work may ask for.</summary>
    public const int MaxWaitSeconds = 60;

    private readonly PoolTransport _transport;
    private readonly PoolStreams _streams;
    private readonly bool _ownsHttp;

    private PoolClient(HttpClient http, PoolClientOptions options, bool ownsHttp)
    {
        _transport = new PoolTransport(http, options);
        _streams = new PoolStreams(_transport);
        _ownsHttp = ownsHttp;
    }

    /// <summary>A client on connections of its own.</summary>
    /// <param name="server">http or https, without user, query or fragment; a path is kept as prefix.</param>
    /// <param name="options">Null = no tokens, defaults.</param>
    public static PoolClient Connect(Uri server, PoolClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        // A redirect would carry the admin token's header to wherever it points.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        return new PoolClient(Configure(new HttpClient(handler), server), options ?? new PoolClientOptions(), ownsHttp: true);
    }

    /// <summary>A client on a given handler, which stays the caller's: a test server's, or one with more stages.</summary>
    /// <param name="handler">Must not follow redirects: they would carry the tokens along.</param>
    /// <param name="server">As in <see cref="Connect"/>.</param>
    /// <param name="options">Null = no tokens, defaults.</param>
    public static PoolClient Over(HttpMessageHandler handler, Uri server, PoolClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var http = Configure(new HttpClient(handler, disposeHandler: false), server);
        return new PoolClient(http, options ?? new PoolClientOptions(), ownsHttp: true);
    }

    /// <summary>The same connections for a worker that has registered. Dispose of the first client last.</summary>
    public PoolClient AsWorker(string token) =>
        new(_transport.Http, _transport.Options.With(workerToken: token, adminToken: null), ownsHttp: false);

    /// <summary>The pool in numbers.</summary>
    public Task<PoolState> GetStateAsync(CancellationToken ct = default) =>
        GetAsync("v1/admin/state", Caller.Admin, PoolJson.Default.PoolState, ct);

    /// <summary>What runs at the other end.</summary>
    public Task<PoolVersion> GetVersionAsync(CancellationToken ct = default) =>
        GetAsync("version", Caller.Anyone, PoolJson.Default.PoolVersion, ct);

    /// <summary>What runs at the other end, what its clock says and how far away it is: asked once, not repeated.</summary>
    public async Task<PoolProbe> ProbeAsync(CancellationToken ct = default)
    {
        var (version, date, elapsed) = await _transport.ProbeAsync("version", PoolJson.Default.PoolVersion, ct).ConfigureAwait(false);
        return new PoolProbe(version, date, elapsed);
    }

    /// <summary>Whether the pool takes requests now: false while it starts, stops or cannot reach its storage, or nothing
    /// listens.</summary>
    public Task<bool> IsReadyAsync(CancellationToken ct = default) => _transport.SucceedsAsync("readyz", ct);

    /// <summary>Closes the connections, if they are this client's own.</summary>
    public void Dispose()
    {
        if (_ownsHttp) _transport.Http.Dispose();
    }

    private static HttpClient Configure(HttpClient http, Uri server)
    {
        if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))
            throw new ArgumentException($"'{server}' is not the http or https address of a pool.", nameof(server));
        if (server.UserInfo.Length > 0 || server.Query.Length > 0 || server.Fragment.Length > 0)
            throw new ArgumentException("A pool's address has no user, query or fragment; tokens go in headers.", nameof(server));
        http.BaseAddress = server.AbsolutePath.EndsWith('/') ? server : new Uri(server.AbsoluteUri + "/");
        http.Timeout = Timeout.InfiniteTimeSpan;
        http.MaxResponseContentBufferSize = 16 * 1024 * 1024;
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        http.DefaultRequestHeaders.Accept.ParseAdd("application/problem+json");
        http.DefaultRequestHeaders.UserAgent.ParseAdd("owp-client/0.1");
        return http;
    }

    private async Task<T> GetAsync<T>(string path, Caller caller, JsonTypeInfo<T> type, CancellationToken ct) =>
        (await _transport.SendAsync(PoolCall.Get(path, caller), type, ct).ConfigureAwait(false)).Value;

    /// <summary>Sends what does no harm when it arrives twice, and is not worth a key: the server stores an answer for each key.</summary>
    private async Task<TReply> AskAsync<T, TReply>(
        string path, Caller caller, T request, JsonTypeInfo<T> type, JsonTypeInfo<TReply> reply, CancellationToken ct) =>
        (await _transport.SendAsync(PoolCall.Post(path, caller, Bytes(request, type)), reply, ct).ConfigureAwait(false)).Value;

    /// <summary>Sends what the server is to do once, however often it arrives.</summary>
    private async Task<TReply> PostAsync<T, TReply>(
        string path, Caller caller, T request, JsonTypeInfo<T> type, JsonTypeInfo<TReply> reply, string? key, CancellationToken ct) =>
        (await _transport.SendAsync(PostOnce(path, caller, request, type, key), reply, ct).ConfigureAwait(false)).Value;

    private static PoolCall PostOnce<T>(string path, Caller caller, T request, JsonTypeInfo<T> type, string? key) =>
        PoolCall.Post(path, caller, Bytes(request, type)) with { IdempotencyKey = key ?? NewKey() };

    /// <summary>Nobody else may guess it: it opens the answer that the server keeps.</summary>
    private static string NewKey() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private static byte[] Bytes<T>(T request, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(request);
        return JsonSerializer.SerializeToUtf8Bytes(request, type);
    }

    /// <summary>A list, page after page as they are wanted.</summary>
    private async IAsyncEnumerable<T> ListAsync<T>(
        QueryPath path, Caller caller, JsonTypeInfo<Page<T>> type, int pageSize, [EnumeratorCancellation] CancellationToken ct)
    {
        for (string? cursor = null; ;)
        {
            var next = path.With("limit", pageSize).With("cursor", cursor);
            var page = await GetAsync(next.ToString(), caller, type, ct).ConfigureAwait(false);
            foreach (var item in page.Items) yield return item;
            if (page.NextCursor is null) yield break;
            cursor = page.NextCursor;
        }
    }
}
