using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>What a worker does with the leases that it holds.</summary>
public sealed partial class PoolClient
{
    /// <summary>Asks for work of one's choice, and waits for it if the pool has none.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="key">Up to 255 characters, the same for a repeat of the same request: it takes no more leases than the first. Null = a
    /// fresh one.</param>
    /// <param name="ct">Ends the wait; a lease may have been granted all the same.</param>
    /// <returns>All leases held, old and new: asking again never loses one.</returns>
    public async Task<WorkReply> ClaimAsync(ClaimRequest request, string? key = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegative(request.WaitSeconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.WaitSeconds, MaxWaitSeconds);
        var call = PostOnce("v1/claims", Caller.Worker, request, PoolJson.Default.ClaimRequest, key)
            with { Wait = TimeSpan.FromSeconds(request.WaitSeconds) };
        return (await _transport.SendAsync(call, PoolJson.Default.WorkReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>The worker as the pool knows it, with all that it holds.</summary>
    public async Task<WorkerSelf> GetSelfAsync(CancellationToken ct = default)
    {
        var call = PoolCall.Get("v1/workers/me", Caller.Worker);
        return (await _transport.SendAsync(call, PoolJson.Default.WorkerSelf, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Asks why there is no work, or why not this task. Changes nothing.</summary>
    /// <param name="taskId">Null = all ready tasks.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<WorkExplanation> ExplainWorkAsync(string? taskId = null, CancellationToken ct = default)
    {
        var query = taskId is null ? "" : $"?task_id={Uri.EscapeDataString(taskId)}";
        var call = PoolCall.Get($"v1/work/explain{query}", Caller.Worker);
        return (await _transport.SendAsync(call, PoolJson.Default.WorkExplanation, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Gives a task back.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="request">Why, and for how long it should rest.</param>
    /// <param name="key">As for <see cref="ClaimAsync"/>.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<ReportReply> ReleaseAsync(string taskId, ReleaseRequest request, string? key = null, CancellationToken ct = default)
    {
        var call = PostOnce(TaskPath(taskId, "release"), Caller.Worker, request, PoolJson.Default.ReleaseRequest, key);
        return (await _transport.SendAsync(call, PoolJson.Default.ReportReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Adds lines to a task's log, all or none.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="request">The lines; the whole request has room for 256 KiB.</param>
    /// <param name="key">As for <see cref="ClaimAsync"/>: a repeat does not add the lines twice.</param>
    /// <param name="ct">Ends the wait; the lines may have arrived all the same.</param>
    public async Task<LogReply> AppendLogsAsync(string taskId, LogRequest request, string? key = null, CancellationToken ct = default)
    {
        var call = PostOnce(TaskPath(taskId, "logs"), Caller.Worker, request, PoolJson.Default.LogRequest, key);
        return (await _transport.SendAsync(call, PoolJson.Default.LogReply, ct).ConfigureAwait(false)).Value;
    }
}
