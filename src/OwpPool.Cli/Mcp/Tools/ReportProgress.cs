using System.Net;
using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>report_progress</c>: a word on where the work stands, and lines for the task's log.</summary>
internal sealed class ReportProgress(AgentSession session) : ReportTool(session, Spec)
{
    private static readonly TextParameter Message = new(
        "message", "What you have done since the last report, and what comes next.", PoolTool.MaxMessage) { IsRequired = true };

    private static readonly TextParameter Log = new(
        "log", "Output worth keeping, such as the end of a test run; goes to the task's log.", MaxLog);

    private static readonly TextParameter Stage = new(
        "stage", "What you are at, such as build, test or review; goes with the log.", MaxStage);

    private const int MaxLog = 16_000;
    private const int MaxStage = 64;

    private static readonly ToolSpec Spec = new("report_progress", "Report progress",
        "Tells maintainers how far you are with a task that you hold; it becomes in_progress if it was not. Call it at each milestone, "
        + "and every 15 minutes or so of long work. It is not needed to keep the lease: that is renewed for you. You get the task's "
        + "status; a NOTICE in the answer tells of a lease that was lost or cancelled meanwhile. " + OnFailure,
        PoolTool.TaskId, Message, Log, Stage);

    protected override async Task<ReportAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct)
    {
        var taskId = arguments.RequiredText(PoolTool.TaskId);
        await RefuseInReviewAsync(pool, taskId, ct);
        var report = new ReportRequest(ReportedStatus.InProgress) { Message = arguments.RequiredText(Message) };
        var answer = await ReportAsync(pool, taskId, report, ct);
        if (arguments.Text(Log) is { } log && !string.IsNullOrWhiteSpace(log))
        {
            var lease = Session.Leases.Find(taskId);
            var stage = arguments.Text(Stage);
            NewLogLine[] lines = [.. LogText.Cut(log).Select(text => new NewLogLine(text) { Stage = stage })];
            await pool.AppendLogsAsync(
                taskId, new LogRequest(lines) { LeaseId = lease?.LeaseId, FencingToken = lease?.FencingToken }, ct: ct);
        }
        return answer;
    }

    /// <summary>To the pool a report on a task in review says that the work goes on, which takes it from the reviewers: start_task may mean
    /// that, a last word may not.</summary>
    private async Task RefuseInReviewAsync(PoolClient pool, string taskId, CancellationToken ct)
    {
        if (await LeaseOnAsync(pool, taskId, ct) is not null) return;
        try
        {
            if ((await pool.GetTaskAsync(taskId, ct)).Status is not "pr_opened") return;
        }
        catch (PoolProblemException unknown) when (unknown.Status is HttpStatusCode.NotFound)
        {
            // Not the agent's any more: the answer to its report says why.
            return;
        }
        throw new ToolRefusedException($"{taskId} waits for review, and nothing was reported. If a reviewer asked for changes, call "
            + "start_task first; else you are done with it.");
    }

    protected override string Say(ReportAnswer answer) =>
        $"Noted. {answer.TaskId} is {answer.Status}; {Wording.LeaseUntil(answer.LeaseExpiresAt)}";
}
