using System.Globalization;
using System.Runtime.CompilerServices;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>What the pool tells as it happens, and the logs of tasks.</summary>
/// <remarks>A stream ends by cancellation only: where the connection is lost, it is opened again behind the last event that was handed
/// out, so that none is missed and none comes twice. A refusal, or a pool that cannot be reached at the start, is thrown.</remarks>
public sealed partial class PoolClient
{
    /// <summary>The pool's events, in order, each once.</summary>
    public async IAsyncEnumerable<PoolEvent> FollowEventsAsync(
        EventQuery? query = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        query ??= new EventQuery();
        await foreach (var block in _streams.FollowAsync(query.ToPath(), Caller.Admin, query.After, ct).ConfigureAwait(false))
        {
            if (block.EventType == "reset") query.OnReset?.Invoke(block.Read(PoolJson.Default.StreamReset));
            else yield return block.Read(PoolJson.Default.PoolEvent);
        }
    }

    /// <summary>The pool in numbers: as it is, then on every change, and at least every 15 seconds.</summary>
    public async IAsyncEnumerable<PoolState> FollowStateAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        await foreach (var block in _streams.FollowAsync("v1/admin/state/stream", Caller.Admin, null, ct).ConfigureAwait(false))
            yield return block.Read(PoolJson.Default.PoolState);
    }

    /// <summary>A page of a task's log; with the admin's token that of any task, with a worker's that of one it holds.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="after">The id of the last line already seen; 0 = from the oldest kept.</param>
    /// <param name="limit">1..200.</param>
    /// <param name="ct">Cancels the request.</param>
    public async Task<LogPage> GetLogsAsync(string taskId, long after = 0, int limit = 50, CancellationToken ct = default)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{TaskPath(taskId, "logs")}?after={after}&limit={limit}");
        return (await _transport.SendAsync(PoolCall.Get(path, TaskReader), PoolJson.Default.LogPage, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>The lines of a task's log, then those to come, in order, each once. Lines that were removed before they were read are left
    /// out.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="after">The id of the last line already seen; 0 = from the oldest kept.</param>
    /// <param name="ct">Ends the stream.</param>
    public async IAsyncEnumerable<LogLine> FollowLogsAsync(
        string taskId, long after = 0, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var path = TaskPath(taskId, "logs") + "?follow=true";
        await foreach (var block in _streams.FollowAsync(path, TaskReader, after.ToString(CultureInfo.InvariantCulture), ct).ConfigureAwait(false))
        {
            if (block.EventType == "log") yield return block.Read(PoolJson.Default.LogLine);
        }
    }

    private Caller TaskReader => _transport.Options.AdminToken is null ? Caller.Worker : Caller.Admin;
}
