using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>An Open Work Protocol pool over HTTP.</summary>
/// <remarks>
/// <para>Every method throws <see cref="PoolProblemException"/> where the pool refuses, <see cref="HttpRequestException"/> where it
/// cannot be reached or answers nonsense, <see cref="TimeoutException"/> where it does not answer in time.</para>
/// <para>Lost connections, 429 and 503 are repeated, after the pause that the server asks for, wherever a second arrival of the request
/// does no harm, if need be because an idempotency key goes along: everything but a registration, a report without a lease id and a task
/// without an external id. Those are repeated only where the first certainly did not arrive.</para>
/// <para>Safe to use from several threads.</para>
/// </remarks>
public sealed partial class PoolClient : IDisposable
{
    /// <summary>Longest wait that a request for work may ask for.</summary>
    public const int MaxWaitSeconds = 60;

    /// <summary>A log of a hundred million events is read in this time.</summary>
    private static readonly TimeSpan VerifyWait = TimeSpan.FromMinutes(10);

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

    /// <summary>Makes a worker known. Not repeated once it may have arrived: a second one would make a second worker.</summary>
    public async Task<RegisterReply> RegisterAsync(RegisterRequest request, CancellationToken ct = default)
    {
        var call = Post("v1/workers/register", Caller.Anyone, request, PoolJson.Default.RegisterRequest, repeatable: false);
        return (await _transport.SendAsync(call, PoolJson.Default.RegisterReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Says that the worker lives; renews leases that have less than half their time left.</summary>
    public async Task<HeartbeatReply> HeartbeatAsync(HeartbeatRequest request, CancellationToken ct = default)
    {
        var call = Post("v1/workers/heartbeat", Caller.Worker, request, PoolJson.Default.HeartbeatRequest, repeatable: true);
        return (await _transport.SendAsync(call, PoolJson.Default.HeartbeatReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Asks for work, and waits for it if the pool has none.</summary>
    /// <param name="waitSeconds">0..60; the answer comes sooner where there is work.</param>
    /// <param name="max">At most this many new leases, 1..20; null = as many as fit.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>All leases held, old and new: asking again never loses one.</returns>
    public async Task<WorkReply> GetWorkAsync(int waitSeconds = 0, int? max = null, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(waitSeconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(waitSeconds, MaxWaitSeconds);
        var limit = max is null ? "" : string.Create(CultureInfo.InvariantCulture, $"&max={max}");
        var path = string.Create(CultureInfo.InvariantCulture, $"v1/work?wait_seconds={waitSeconds}{limit}");
        var call = PoolCall.Get(path, Caller.Worker) with { Wait = TimeSpan.FromSeconds(waitSeconds) };
        return (await _transport.SendAsync(call, PoolJson.Default.WorkReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Reports where the work on a task stands. Repeated only with a lease id.</summary>
    public async Task<ReportReply> ReportAsync(string taskId, ReportRequest request, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = Post(TaskPath(taskId, "status"), Caller.Worker, request, PoolJson.Default.ReportRequest, repeatable: request.LeaseId is not null);
        return (await _transport.SendAsync(call, PoolJson.Default.ReportReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Adds a repo, or changes its settings; its tasks stay as they are.</summary>
    public async Task<RepoReply> PutRepoAsync(RepoRequest request, CancellationToken ct = default)
    {
        var call = Post("v1/admin/repos", Caller.Admin, request, PoolJson.Default.RepoRequest, repeatable: true);
        return (await _transport.SendAsync(call, PoolJson.Default.RepoReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Adds a task, or finds the one with the same external id. Repeated only with an external id.</summary>
    public async Task<AddedTask> AddTaskAsync(TaskRequest request, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = Post("v1/admin/tasks", Caller.Admin, request, PoolJson.Default.TaskRequest, repeatable: request.ExternalId is not null);
        var (status, answer) = await _transport.SendAsync(call, PoolJson.Default.TaskAnswer, ct).ConfigureAwait(false);
        return new AddedTask(answer.TaskId, status is HttpStatusCode.Created);
    }

    /// <summary>The pool in numbers.</summary>
    public async Task<PoolState> GetStateAsync(CancellationToken ct = default)
    {
        var call = PoolCall.Get("v1/admin/state", Caller.Admin);
        return (await _transport.SendAsync(call, PoolJson.Default.PoolState, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Looks through the whole audit log for events that were changed, removed, added or moved; a million take seconds.</summary>
    /// <param name="mark">An earlier <see cref="AuditReport.Head"/> that the log must still lead through; null = none.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<AuditReport> VerifyAuditAsync(string? mark = null, CancellationToken ct = default)
    {
        var path = mark is null ? "v1/audit/verify" : $"v1/audit/verify?mark={Uri.EscapeDataString(mark)}";
        var call = PoolCall.Get(path, Caller.Admin) with { Wait = VerifyWait };
        return (await _transport.SendAsync(call, PoolJson.Default.AuditReport, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>How work has flowed, and what holds it up.</summary>
    /// <param name="repo">A repo; null = the whole pool.</param>
    /// <param name="period">last_7_days, last_30_days or last_90_days; null = the server's default.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<Analytics> GetAnalyticsAsync(string? repo = null, string? period = null, CancellationToken ct = default)
    {
        var path = repo is null ? "v1/analytics/pool" : $"v1/analytics/repositories/{Uri.EscapeDataString(repo)}";
        var query = period is null ? "" : $"?period={Uri.EscapeDataString(period)}";
        var call = PoolCall.Get(path + query, Caller.Admin);
        return (await _transport.SendAsync(call, PoolJson.Default.Analytics, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>What runs at the other end.</summary>
    public async Task<PoolVersion> GetVersionAsync(CancellationToken ct = default)
    {
        var call = PoolCall.Get("version", Caller.Anyone);
        return (await _transport.SendAsync(call, PoolJson.Default.PoolVersion, ct).ConfigureAwait(false)).Value;
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

    private static PoolCall Post<T>(string path, Caller caller, T request, JsonTypeInfo<T> type, bool repeatable)
    {
        ArgumentNullException.ThrowIfNull(request);
        return PoolCall.Post(path, caller, JsonSerializer.SerializeToUtf8Bytes(request, type), repeatable);
    }

    /// <summary>A call that the server does once, however often it arrives.</summary>
    private static PoolCall PostOnce<T>(string path, Caller caller, T request, JsonTypeInfo<T> type, string? key) =>
        Post(path, caller, request, type, repeatable: true) with { IdempotencyKey = key ?? Guid.NewGuid().ToString("N") };
}
