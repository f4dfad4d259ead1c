using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance;

/// <summary>Putting away what a check made.</summary>
internal sealed partial class Stage
{
    private static readonly JsonObject Reason = new() { ["reason"] = "conformance: the check is over" };

    /// <summary>Ends all tasks of the check, and lets its workers go: back to their crew where the check passed and they are as before,
    /// else for good. What a server does not let go is noted.</summary>
    public async Task EndAsync(bool passed, CancellationToken ct)
    {
        Arrive();
        string[] tasks;
        Worker[] workers;
        Registration[] lendable;
        lock (_lock) (tasks, workers, lendable) = ([.. _tasks.Distinct()], [.. _workers], [.. _lendable]);
        var ended = true;
        foreach (var taskId in tasks) ended &= await EndTaskAsync(taskId, workers, ct);
        if (!ended) foreach (var old in _crew.Renew()) await ShutOutAsync(new Worker(this, old.Id, old.Token), ct);
        foreach (var worker in workers)
        {
            var registration = Array.Find(lendable, one => one.Id == worker.Id);
            if (passed && ended && registration is not null && await IsAsBeforeAsync(worker, ct)) _crew.Return(registration);
            else await ShutOutAsync(worker, ct);
        }
    }

    /// <summary>Shuts out a crew that is not needed any more.</summary>
    public async Task DisbandAsync(CancellationToken ct)
    {
        foreach (var worker in _crew.Renew()) await ShutOutAsync(new Worker(this, worker.Id, worker.Token), ct);
    }

    /// <summary>Whether the worker takes work, and has none.</summary>
    private static async Task<bool> IsAsBeforeAsync(Worker worker, CancellationToken ct)
    {
        try
        {
            var beat = await TryAsync(worker, "/v1/workers/heartbeat", new JsonObject { ["status"] = "idle" }, ct);
            var holds = beat.Find("leases") is { ValueKind: JsonValueKind.Array } leases && leases.GetArrayLength() > 0;
            return beat.Status == 200 && !holds && (beat.TextOrNull("desired_state") is null or "run");
        }
        catch (Exception failure) when (failure is NoAnswerException or OperationCanceledException)
        {
            // Shutting it out, which is next, notes why if it does not work either.
            return false;
        }
    }

    /// <summary>Ends a task of a check that does not know of it.</summary>
    public Task EndTaskAsync(string taskId, CancellationToken ct) => EndTaskAsync(taskId, [], ct);

    private async Task<bool> EndTaskAsync(string taskId, Worker[] workers, CancellationToken ct)
    {
        try
        {
            if (await CancelAsync(taskId, ct) || await MergeAsync(taskId, workers, ct))
            {
                _target.Leftovers.Remove(taskId);
                return true;
            }
            _target.Leftovers.Add(taskId, "the server neither cancels nor merges it");
        }
        catch (Exception failure) when (failure is NoAnswerException or OperationCanceledException)
        {
            _target.Leftovers.Add(taskId, Why(failure));
        }
        return false;
    }

    private async Task<bool> CancelAsync(string taskId, CancellationToken ct)
    {
        var cancelled = await TryAsync(Admin, $"/v1/admin/tasks/{taskId}/cancel", Reason, ct);
        if (cancelled.IsSuccess) return true;
        var look = await _target.Http.SendAsync(
            new Call(HttpMethod.Get, $"/v1/tasks/{taskId}") { Headers = [("X-Admin-Token", _target.AdminToken)] }, ct);
        return look.TextOrNull("status") is "merged" or "cancelled";
    }

    /// <summary>A server of the core has no other end for a task than to be merged by whoever has it.</summary>
    private static async Task<bool> MergeAsync(string taskId, Worker[] workers, CancellationToken ct)
    {
        foreach (var worker in workers)
        {
            foreach (var status in new[] { "in_progress", "pr_opened", "merged" })
            {
                var merged = await TryAsync(worker, $"/v1/tasks/{taskId}/status", new JsonObject { ["status"] = status }, ct);
                if (status == "merged" && merged.IsSuccess) return true;
            }
        }
        return false;
    }

    private async Task ShutOutAsync(Worker worker, CancellationToken ct)
    {
        try
        {
            var revoked = await TryAsync(Admin, $"/v1/workers/{worker.Id}/revoke", Reason, ct);
            if (revoked.IsSuccess) return;
            // Going away is the next best: it gives back what was not begun.
            var gone = await TryAsync(worker, "/v1/workers/heartbeat", new JsonObject { ["status"] = "offline" }, ct);
            if (gone.Status != 401) _target.Leftovers.Add(worker.Id, $"the server does not revoke it (status {revoked.Status})");
        }
        catch (Exception failure) when (failure is NoAnswerException or OperationCanceledException)
        {
            _target.Leftovers.Add(worker.Id, Why(failure));
        }
    }

    private static Task<WireAnswer> TryAsync(Caller caller, string path, JsonObject body, CancellationToken ct) =>
        caller.SendAsync(new Call(HttpMethod.Post, path) { Body = Call.Encode(body) }, ct);

    private static string Why(Exception failure) => (failure as CheckFailedException)?.Got ?? "there was no time to end it";
}
