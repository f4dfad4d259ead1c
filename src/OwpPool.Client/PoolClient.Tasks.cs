using System.Net;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>Tasks, and what maintainers do with them.</summary>
public sealed partial class PoolClient
{
    /// <summary>Ten thousand tasks take seconds, on a busy machine many.</summary>
    private static readonly TimeSpan ImportWait = TimeSpan.FromMinutes(5);

    /// <summary>All tasks that a query finds: with the admin's token of all, with a worker's of those that it has or did.</summary>
    /// <param name="query">Null = all, the newest first.</param>
    /// <param name="pageSize">How many to fetch at once, 1..200.</param>
    /// <param name="ct">Ends it.</param>
    public IAsyncEnumerable<TaskSummary> ListTasksAsync(TaskQuery? query = null, int pageSize = 200, CancellationToken ct = default) =>
        ListAsync((query ?? new TaskQuery()).ToPath(), TaskReader, PoolJson.Default.PageTaskSummary, pageSize, ct);

    /// <summary>One task with its history; with the admin's token any task, with a worker's one that it has or did.</summary>
    public Task<TaskDetails> GetTaskAsync(string taskId, CancellationToken ct = default) =>
        GetAsync(TaskPath(taskId), TaskReader, PoolJson.Default.TaskDetails, ct);

    /// <summary>Reports where the work on a task stands.</summary>
    public Task<ReportReply> ReportAsync(string taskId, ReportRequest request, CancellationToken ct = default) =>
        ReportAsync(taskId, request, null, ct);

    /// <summary>The same, under a key of the caller's, who may repeat it.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="request">Where its work stands.</param>
    /// <param name="key">As for <see cref="ClaimAsync"/>.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task<ReportReply> ReportAsync(string taskId, ReportRequest request, string? key, CancellationToken ct = default) => PostAsync(
        TaskPath(taskId, "status"), Caller.Worker, request, PoolJson.Default.ReportRequest, PoolJson.Default.ReportReply, key, ct);

    /// <summary>Adds a task, or finds the one with the same external id.</summary>
    public async Task<AddedTask> AddTaskAsync(TaskRequest request, CancellationToken ct = default)
    {
        var call = PostOnce("v1/admin/tasks", Caller.Admin, request, PoolJson.Default.TaskRequest, null);
        var (status, answer) = await _transport.SendAsync(call, PoolJson.Default.TaskAnswer, ct).ConfigureAwait(false);
        return new AddedTask(answer.TaskId, status is HttpStatusCode.Created);
    }

    /// <summary>Adds 1..1,000 tasks, all or none.</summary>
    public async Task<AddedTasks> AddTasksAsync(IReadOnlyList<TaskRequest> tasks, CancellationToken ct = default)
    {
        var call = PostOnce("v1/admin/tasks/batch", Caller.Admin, new BatchRequest(tasks), PoolJson.Default.BatchRequest, null)
            with { Wait = ImportWait };
        return (await _transport.SendAsync(call, PoolJson.Default.AddedTasks, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Adds the tasks of a file, all or none. The same file again adds nothing.</summary>
    /// <param name="file">YAML or JSON, a list of tasks, in UTF-8.</param>
    /// <param name="repo">Of tasks that name none; null = all name one.</param>
    /// <param name="dryRun">Only tell what would be: nothing is changed.</param>
    /// <param name="onExisting">What happens to tasks that are there already.</param>
    /// <param name="ct">Ends the wait; the tasks may be added all the same.</param>
    /// <exception cref="PoolProblemException">What is wrong, by line in <see cref="PoolProblem.FieldErrors"/>.</exception>
    public async Task<AddedTasks> ImportTasksAsync(
        byte[] file, string? repo = null, bool dryRun = false, OnExisting onExisting = OnExisting.Skip, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        var path = new QueryPath("v1/admin/tasks/import").With("repo", repo).With("dry_run", dryRun ? "true" : null)
            .With("on_existing", onExisting is OnExisting.Update ? "update" : null);
        var call = PoolCall.Post(path.ToString(), Caller.Admin, file) with
        {
            ContentType = "text/yaml",
            IdempotencyKey = NewKey(),
            Wait = ImportWait,
        };
        return (await _transport.SendAsync(call, PoolJson.Default.AddedTasks, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Changes a task.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="patch">What is to change.</param>
    /// <param name="version">The version that was seen: another one is refused with 412. Null = whatever is there.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public async Task<TaskSummary> EditTaskAsync(string taskId, TaskPatch patch, long? version, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(patch);
        var call = Patch($"v1/admin/tasks/{Segment(taskId)}", patch.ToJson()) with
        {
            IfMatch = version is null ? "*" : FormattableString.Invariant($"\"{version}\""),
        };
        return (await _transport.SendAsync(call, PoolJson.Default.TaskSummary, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Puts a task back to ready: ends its lease, review or rest, or revives a dead letter.</summary>
    public Task<ReportReply> RequeueTaskAsync(string taskId, string reason, CancellationToken ct = default) =>
        MaintainAsync(taskId, "requeue", new ReasonRequest(reason), PoolJson.Default.ReasonRequest, ct);

    /// <summary>Withdraws a task for good.</summary>
    public Task<ReportReply> CancelTaskAsync(string taskId, string reason, CancellationToken ct = default) =>
        MaintainAsync(taskId, "cancel", new ReasonRequest(reason), PoolJson.Default.ReasonRequest, ct);

    /// <summary>Sets a task's status over its holder's head.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="status">ready, pr_opened, merged, cancelled or dead_letter.</param>
    /// <param name="reason">Up to 500 characters; kept in the audit log.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task<ReportReply> ForceStatusAsync(string taskId, string status, string reason, CancellationToken ct = default) =>
        MaintainAsync(taskId, "force-status", new ForceRequest(status, reason), PoolJson.Default.ForceRequest, ct);

    /// <summary>Confirms that the work is merged.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="rating">How good it is, 1..5; null = not said.</param>
    /// <param name="reason">A word on it.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task<ReportReply> AcceptTaskAsync(string taskId, int? rating = null, string? reason = null, CancellationToken ct = default) =>
        MaintainAsync(taskId, "accept", new AcceptRequest(rating, reason), PoolJson.Default.AcceptRequest, ct);

    /// <summary>Refuses the work under review.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="reason">Up to 500 characters; its worker reads it.</param>
    /// <param name="to"><c>in_progress</c>: its worker is to change it. <c>ready</c>: another may try.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task<ReportReply> RejectTaskAsync(string taskId, string reason, string to, CancellationToken ct = default) =>
        MaintainAsync(taskId, "reject", new RejectRequest(reason, to), PoolJson.Default.RejectRequest, ct);

    /// <summary>Requeues, cancels, edits or accepts many tasks, up to 1,000 a call; what is left is reached by
    /// <see cref="BulkReply.NextCursor"/>.</summary>
    public async Task<BulkReply> BulkTasksAsync(BulkRequest request, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = PostOnce("v1/admin/tasks/bulk", Caller.Admin, request.ToJson(), PoolJson.Default.JsonObject, null) with { Wait = ImportWait };
        return (await _transport.SendAsync(call, PoolJson.Default.BulkReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Moves a ready task among the others of its repo.</summary>
    public Task<MovedTask> MoveTaskAsync(string taskId, PositionRequest position, CancellationToken ct = default) => PostAsync(
        $"v1/admin/tasks/{Segment(taskId)}/position", Caller.Admin, position, PoolJson.Default.PositionRequest, PoolJson.Default.MovedTask,
        null, ct);

    private Task<ReportReply> MaintainAsync<T>(
        string taskId, string verb, T request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken ct) =>
        PostAsync($"v1/admin/tasks/{Segment(taskId)}/{verb}", Caller.Admin, request, type, PoolJson.Default.ReportReply, null, ct);

    private static string TaskPath(string taskId, string part) => $"{TaskPath(taskId)}/{part}";

    private static string TaskPath(string taskId) => $"v1/tasks/{Segment(taskId)}";

    private static string Segment(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Uri.EscapeDataString(id);
    }
}
