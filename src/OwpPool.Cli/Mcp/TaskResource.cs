using System.Net;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OwpPool.Cli.Mcp.Session;
using OwpPool.Cli.Mcp.Tools;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp;

/// <summary>The text of a task as a resource, <c>owp://task/{task_id}</c>: what people add to a conversation by hand.</summary>
/// <param name="session">Whose tasks.</param>
/// <param name="lease">The task; null = any, by its id.</param>
internal sealed class TaskResource(AgentSession session, LeaseView? lease) : McpServerResource
{
    private const string Prefix = "owp://task/";

    public override ResourceTemplate ProtocolResourceTemplate { get; } = new()
    {
        Name = lease?.TaskId ?? "task",
        Title = lease?.Title ?? "A task of the pool",
        UriTemplate = UriOf(lease?.TaskId ?? "{task_id}"),
        Description = lease is null
            ? "The text of a task that you hold or did, and where it stands."
            : Wording.Facts(lease.Repo, lease.Status ?? "leased", lease.EstimatePoints, lease.Area, lease.RequiredSkills),
        MimeType = "text/markdown",
    };

    public override IReadOnlyList<object> Metadata => [];

    public static string UriOf(string taskId) => Prefix + taskId;

    public override bool IsMatch(string uri) => lease is null ? TaskIdOf(uri) is not null : uri == UriOf(lease.TaskId);

    public override async ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default)
    {
        var uri = request.Params!.Uri;
        try
        {
            var pool = await session.JoinAsync(cancellationToken);
            var text = TextOf(await pool.GetTaskAsync(TaskIdOf(uri)!, cancellationToken));
            var contents = new TextResourceContents { Uri = uri, MimeType = ProtocolResourceTemplate.MimeType, Text = text };
            return new ReadResourceResult { Contents = [contents] };
        }
        catch (PoolProblemException problem) when (problem.Status is HttpStatusCode.NotFound)
        {
            throw new McpProtocolException(
                $"There is no task at {uri} that you hold or did. list_my_leases tells what you hold.", McpErrorCode.ResourceNotFound);
        }
        catch (Exception failure) when (ToolFailure.Explain(failure, null, session.Leases) is { } explained)
        {
            throw new McpProtocolException(explained, McpErrorCode.InternalError);
        }
    }

    private static string? TaskIdOf(string uri) =>
        uri.StartsWith(Prefix, StringComparison.Ordinal) && TaskIdParameter.IsTaskId(uri[Prefix.Length..]) ? uri[Prefix.Length..] : null;

    private static string TextOf(TaskDetails task)
    {
        var facts = Wording.Facts(task.Repo, task.Status, task.EstimatePoints, task.Area, task.RequiredSkills);
        string[] pull = task.Artifact.PrUrl is { } url ? [$"Pull request: {url}"] : [];
        return Wording.Paragraphs([$"# {task.Title}", $"{task.TaskId}; {facts}", Wording.ByMaintainers(task.Description), .. pull]);
    }
}
