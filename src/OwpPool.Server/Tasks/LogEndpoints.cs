using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Events;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;
using OwpPool.Storage.TaskLogs;

namespace OwpPool.Server.Tasks;

/// <summary>What workers say while they work: kept beside the tasks, read back, and followed live.</summary>
/// <remarks>Lines are no change of a task, so they are neither audited nor part of its state. Who may add them is asked of the task's
/// grain, which knows the reason where the answer is no, and once more by the statement that stores them: a task that changed hands in
/// between takes nothing from its former holder.</remarks>
public sealed class LogEndpoints(
    IGrainFactory grains, SqliteStorage storage, LogFollowers followers, LiveStreams streams, IOptions<TaskLogOptions> options,
    TimeProvider clock)
{
    private const int MarkBytes = 5;
    private const int StandardLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lines that go out to a follower together.</summary>
    private const int ChunkLines = 256;

    /// <summary>How often a task is asked again whose holder changed meanwhile.</summary>
    private const int MaxAttempts = 3;

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<LogEndpoints>();
        routes.MapJsonPost("/v1/tasks/{id}/logs", LogLinesRequest.Read, endpoints.AppendAsync)
            .Allow(AccessRule.Worker)
            .Describe("appendTaskLogs", "Tasks", "Say what happens in the work on a task",
                "For the task's holder. Lines are kept all or none, in their order; beyond what a task may keep its oldest lines go. " +
                "They are no change of the task and not in the audit log.")
            .TakesPath("id", "The task.")
            .Answers<LogLinesResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.Forbidden, ProblemKind.NotFound, ProblemKind.Conflict);
        routes.MapGet("/v1/tasks/{id}/logs", (Delegate)endpoints.GetAsync)
            .Allow(AccessRule.AdminOrWorker)
            .Describe("getTaskLogs", "Tasks", "Read or follow what is said in the work on a task",
                "For admins and the task's holder; the lines of all attempts. With follow=true server-sent events of the type 'log': the " +
                "lines after the id, then those to come. An event 'reset' says that lines after the id are no longer kept, or that the " +
                "id is none of this task; the stream then goes on with the oldest kept.")
            .TakesPath("id", "The task.")
            .TakesQuery("limit", "Lines of one page.", 1, MaxLimit, StandardLimit)
            .TakesFlag("follow", "Whether to send a live stream.")
            .ResumesStreams()
            .Produces<LogPage>(StatusCodes.Status200OK, "application/json", SseFrame.MediaType)
            .Fails(ProblemKind.ValidationError, ProblemKind.NotFound);
    }

    private async Task<IResult> AppendAsync(LogLinesRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Task) is not { } taskId) return Problem.From(Refusal.NotFound("task"));
        var caller = http.Worker();
        if (await grains.GetWorker(caller.WorkerId).AuthenticateAsync(caller.TokenHash) is { } stranger) return Problem.From(stranger);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await grains.GetTask(taskId).GetAsync() is not { } task) return Problem.From(Refusal.NotFound("task"));
            var now = clock.Now();
            if (TaskLifecycle.WhyNotLog(task, caller.WorkerId, request.LeaseId, request.FencingToken, now) is { } refusal)
                return Problem.From(refusal);
            var lines = new NewLogLines(taskId, caller.WorkerId, task.Token, now, [.. request.Lines.Select(static line => line.ToLine())]);
            if (await storage.TaskLogs.AppendAsync(lines, options.Value.LinesPerTask, options.Value.BytesPerTask) is not { } last) continue;
            followers.Tell(taskId);
            return Wire.Ok(new LogLinesResponse { Next = last }, Wire.Json.LogLinesResponse);
        }
        return Problem.Unavailable("The task changes hands too fast to say anything about it.");
    }

    private async Task<IResult> GetAsync(HttpContext http)
    {
        var query = new QueryFields(http.Request.Query);
        var limit = query.Integer("limit", 1, MaxLimit) ?? StandardLimit;
        var follow = query.Flag("follow") is true;
        var place = StreamPosition.Read(query, http.Request.Headers) ?? default;
        if (query.Problem is { } problem) return problem;
        if (http.PathId(Ids.Task) is not { } taskId) return Problem.From(Refusal.NotFound("task"));
        var worker = http.IsAdmin() ? null : http.Worker();
        if (worker is not null && await grains.GetWorker(worker.WorkerId).AuthenticateAsync(worker.TokenHash) is { } stranger)
            return Problem.From(stranger);
        if (!await MayReadAsync(taskId, worker)) return Problem.From(Refusal.NotFound("task"));
        var extent = await storage.TaskLogs.ReadExtentAsync(taskId, place.Seq, http.RequestAborted);
        if (!follow) return await ListAsync(http, taskId, place.Seq, limit, extent);
        var reset = await WhyResetAsync(taskId, place, extent, http.RequestAborted);
        return streams.Open("logs", worker, stop => FollowAsync(taskId, worker, reset is null ? place : default, reset, stop));
    }

    private async Task<ResetMessage?> WhyResetAsync(string taskId, ResumePoint place, TaskLogExtent extent, CancellationToken cancellationToken)
    {
        if (place.Seq == 0) return null;
        if (extent.HasAsked)
        {
            var lines = await storage.TaskLogs.ReadAfterAsync(taskId, place.Seq - 1, 1, cancellationToken);
            if (lines is [var line] && line.Id == place.Seq && place.MayBe(MarkOf(line))) return null;
        }
        return new ResetMessage
        {
            Reason = place.Seq < extent.First ? "removed" : "unknown",
            LastEventId = place.Seq,
            OldestSeq = extent.First,
            LatestSeq = extent.Last,
        };
    }

    private async Task<IResult> ListAsync(HttpContext http, string taskId, long after, int limit, TaskLogExtent extent)
    {
        var lines = await storage.TaskLogs.ReadAfterAsync(taskId, after, limit, http.RequestAborted);
        var next = lines.Count > 0 ? lines[^1].Id : after;
        var hasMore = lines.Count == limit && next < extent.Last;
        var cursor = next.ToString(CultureInfo.InvariantCulture);
        if (hasMore) http.Response.Headers.Link = $"</v1/tasks/{taskId}/logs?after={cursor}&limit={limit}>; rel=\"next\"";
        var page = new LogPage
        {
            Items = [.. lines.Select(LogLineMessage.From)],
            Next = next,
            NextCursor = hasMore ? cursor : null,
            LinesRemoved = extent.Removed,
        };
        return Wire.Ok(page, Wire.Json.LogPage);
    }

    private async IAsyncEnumerable<StreamChunk> FollowAsync(
        string taskId, WorkerCaller? worker, ResumePoint after, ResetMessage? reset, [EnumeratorCancellation] CancellationToken stop)
    {
        using var ear = followers.Listen(taskId);
        if (reset is not null) yield return new StreamChunk(SseFrame.Of("reset", reset, Wire.Json.ResetMessage, after), after);
        while (true)
        {
            var more = ear.Next();
            var lines = await storage.TaskLogs.ReadAfterAsync(taskId, after.Seq, ChunkLines, stop);
            if (lines.Count == 0)
            {
                await more.WaitAsync(stop);
                // Who lost the task meanwhile does not read what the next holder says.
                if (await MayReadAsync(taskId, worker)) continue;
                yield break;
            }
            after = PlaceOf(lines[^1]);
            yield return new StreamChunk([.. lines.Select(ToFrame)], after);
        }
    }

    private static ReadOnlyMemory<byte> ToFrame(TaskLogLine line) =>
        SseFrame.Of("log", LogLineMessage.From(line), Wire.Json.LogLineMessage, PlaceOf(line));

    private static ResumePoint PlaceOf(TaskLogLine line) => new(line.Id, MarkOf(line));

    /// <summary>Numbers of lines are given again after a backup was put back; who said what, and when, is another then.</summary>
    private static string MarkOf(TaskLogLine line) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{line.Id}\n{Instants.Text(line.Stored)}\n{line.WorkerId}\n{line.Token}\n{line.Message}")).AsSpan(0, MarkBytes));

    /// <summary>Whether the task is there and the worker's own; to others it is not there.</summary>
    private async Task<bool> MayReadAsync(string taskId, WorkerCaller? worker) =>
        await grains.GetTask(taskId).GetAsync() is { } task
        && (worker is null || (task.WorkerId == worker.WorkerId && task.Phase is not TaskPhase.Offered));
}
