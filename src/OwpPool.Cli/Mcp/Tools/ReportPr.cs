using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>report_pr</c>: the work waits for review, and the lease ends.</summary>
internal sealed class ReportPr(AgentSession session) : ReportTool(session, Spec)
{
    private static readonly UrlParameter PrUrl = new(
        "pr_url", "Address of the pull request as the forge shows it, such as https://github.com/owner/repo/pull/12.")
    {
        IsRequired = true,
    };

    private static readonly CommitParameter CommitSha = new("commit_sha", "Its latest commit, as git rev-parse HEAD prints it.");

    private static readonly TextParameter Message = new("message", "What reviewers should know, in a few sentences.", PoolTool.MaxMessage);

    private static readonly ToolSpec Spec = new("report_pr", "Report the pull request",
        "Tells the pool that the pull request of a task is open, and ends your lease on it: the task now waits for review and you are "
        + "free for the next. Call it once the pull request exists and is ready to be reviewed, never with an address that you have made "
        + "up. One pull request serves one task. If a reviewer asks for changes, call start_task on it again. If the pool does not take "
        + "the address, it tells why: mend it and call again; until then you still hold the task. " + OnFailure,
        PoolTool.TaskId, PrUrl, CommitSha, Message) { IsIdempotent = true };

    protected override Task<ReportAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct) =>
        ReportAsync(pool, arguments.RequiredText(PoolTool.TaskId), new ReportRequest(ReportedStatus.PrOpened)
        {
            Message = arguments.Text(Message),
            Artifact = new Artifact { PrUrl = new Uri(arguments.RequiredText(PrUrl)), CommitSha = arguments.Text(CommitSha) },
        }, ct);

    protected override string Say(ReportAnswer answer) =>
        $"{answer.TaskId} is {answer.Status} and waits for review; you hold it no longer. fetch_work gets the next task.";
}
