using System.Globalization;
using System.Net;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>What a worker says and asks, and what maintainers do with workers.</summary>
public sealed partial class PoolClient
{
    /// <summary>Makes a worker known. Calling it twice makes two; the repeats of one call make one.</summary>
    public Task<RegisterReply> RegisterAsync(RegisterRequest request, CancellationToken ct = default) => PostAsync(
        "v1/workers/register", Caller.Anyone, request, PoolJson.Default.RegisterRequest, PoolJson.Default.RegisterReply, null, ct);

    /// <summary>Says that the worker lives; renews leases that have less than half their time left.</summary>
    public Task<HeartbeatReply> HeartbeatAsync(HeartbeatRequest request, CancellationToken ct = default) => AskAsync(
        "v1/workers/heartbeat", Caller.Worker, request, PoolJson.Default.HeartbeatRequest, PoolJson.Default.HeartbeatReply, ct);

    /// <summary>Replaces the worker's token; the old one is good for a minute more. This client goes on with the old one: make another by
    /// <see cref="AsWorker"/>.</summary>
    /// <param name="key">As for <see cref="ClaimAsync"/>. Whoever got no answer repeats the call under the same key as long as the old token is
    /// good: under another one it is refused, because only the current token can be replaced.</param>
    /// <param name="ct">Cancels the request; the token may have been replaced all the same.</param>
    public Task<RotatedToken> RotateTokenAsync(string? key = null, CancellationToken ct = default) => PostAsync(
        "v1/workers/token/rotate", Caller.Worker, new EmptyRequest(), PoolJson.Default.EmptyRequest, PoolJson.Default.RotatedToken,
        key, ct);

    /// <summary>Whether the pool made the worker's token. Unlike every other request it is no sign of life of the worker; whether the token
    /// was revoked or replaced it does not tell.</summary>
    public async Task<bool> IsTokenOfPoolAsync(CancellationToken ct = default)
    {
        try
        {
            // The pool proves a worker's token before it says that it opens no endpoint of the maintainers.
            await GetAsync("v1/admin/state", Caller.Worker, PoolJson.Default.PoolState, ct).ConfigureAwait(false);
            return true;
        }
        catch (PoolProblemException problem) when (problem is { IsByPool: true, Status: HttpStatusCode.Forbidden })
        {
            return true;
        }
        catch (PoolProblemException problem) when (problem is { IsByPool: true, Status: HttpStatusCode.Unauthorized })
        {
            return false;
        }
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

    /// <summary>All workers that a query finds, the newest first.</summary>
    /// <param name="query">Null = all.</param>
    /// <param name="pageSize">How many to fetch at once, 1..200.</param>
    /// <param name="ct">Ends it.</param>
    public IAsyncEnumerable<WorkerSummary> ListWorkersAsync(
        WorkerQuery? query = null, int pageSize = 200, CancellationToken ct = default) =>
        ListAsync((query ?? new WorkerQuery()).ToPath(), Caller.Admin, PoolJson.Default.PageWorkerSummary, pageSize, ct);

    /// <summary>One worker with what it holds.</summary>
    public Task<WorkerDetails> GetWorkerAsync(string workerId, CancellationToken ct = default) =>
        GetAsync(WorkerPath(workerId), Caller.Admin, PoolJson.Default.WorkerDetails, ct);

    /// <summary>Gives the worker no new work; it keeps its leases, and is told to be quiet.</summary>
    public Task<WorkerReply> PauseWorkerAsync(string workerId, string? reason = null, CancellationToken ct = default) =>
        ControlAsync(workerId, "pause", reason, ct);

    /// <summary>Gives a paused worker new work again.</summary>
    public Task<WorkerReply> ResumeWorkerAsync(string workerId, string? reason = null, CancellationToken ct = default) =>
        ControlAsync(workerId, "resume", reason, ct);

    /// <summary>Shuts the worker out for good: its tokens are worth nothing, and its leases go back.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="reason">Up to 500 characters; kept in the audit log.</param>
    /// <param name="undo">Also put back its tasks under review and its unconfirmed merges.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task<RevokedWorker> RevokeWorkerAsync(
        string workerId, string? reason = null, bool undo = false, CancellationToken ct = default) => PostAsync(
        $"{WorkerPath(workerId)}/revoke", Caller.Admin, new RevokeRequest(reason, undo), PoolJson.Default.RevokeRequest,
        PoolJson.Default.RevokedWorker, null, ct);

    /// <summary>What became of the worker's work.</summary>
    public Task<Reputation> GetReputationAsync(string workerId, CancellationToken ct = default) =>
        GetAsync($"{WorkerPath(workerId)}/reputation", Caller.Admin, PoolJson.Default.Reputation, ct);

    /// <summary>Says how far a worker is trusted.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="tier">untrusted, basic, trusted or maintainer.</param>
    /// <param name="reason">Up to 500 characters; kept in the audit log.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task SetTrustAsync(string workerId, string tier, string? reason = null, CancellationToken ct = default) => PostAsync(
        $"{WorkerPath(workerId)}/trust-tier", Caller.Admin, new TrustRequest(tier, reason), PoolJson.Default.TrustRequest,
        PoolJson.Default.OkReply, null, ct);

    private Task<WorkerReply> ControlAsync(string workerId, string verb, string? reason, CancellationToken ct) => PostAsync(
        $"{WorkerPath(workerId)}/{verb}", Caller.Admin, new ReasonRequest(reason), PoolJson.Default.ReasonRequest,
        PoolJson.Default.WorkerReply, null, ct);

    private static string WorkerPath(string workerId)
    {
        ArgumentException.ThrowIfNullOrEmpty(workerId);
        return $"v1/workers/{Uri.EscapeDataString(workerId)}";
    }
}
