using System.Net;
using System.Text.Json;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>What a tool tells of itself before it is called.</summary>
/// <param name="Name">As the agent calls it.</param>
/// <param name="Title">As people see it.</param>
/// <param name="Description">What it does, when to call it, what comes back, and what to do when it fails.</param>
/// <param name="Parameters">What it takes.</param>
internal sealed record ToolSpec(string Name, string Title, string Description, params IReadOnlyList<Parameter> Parameters)
{
    /// <summary>It changes nothing in the pool.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>A second call with the same arguments changes nothing more.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>It gives up something.</summary>
    public bool IsDestructive { get; init; }
}

/// <summary>A tool of the pool: checks what it is given, asks the pool, and makes of everything that can go wrong an answer that says what
/// to do next.</summary>
internal abstract class PoolTool<TAnswer>(AgentSession session, ToolSpec spec, JsonTypeInfo<TAnswer> type) : McpServerTool
    where TAnswer : ToolAnswer
{
    private static readonly JsonSchemaExporterOptions SchemaOptions = new() { TreatNullObliviousAsNonNullable = true };

    public override Tool ProtocolTool { get; } = new()
    {
        Name = spec.Name,
        Title = spec.Title,
        Description = spec.Description,
        InputSchema = ToolArguments.SchemaOf(spec.Parameters),
        OutputSchema = JsonSerializer.SerializeToElement(
            type.GetJsonSchemaAsNode(SchemaOptions).AsObject(), McpToolJson.Default.JsonObject),
        Annotations = new ToolAnnotations
        {
            Title = spec.Title,
            ReadOnlyHint = spec.IsReadOnly,
            IdempotentHint = spec.IsIdempotent,
            DestructiveHint = spec.IsDestructive,
            OpenWorldHint = true,
        },
    };

    public override IReadOnlyList<object> Metadata => [];

    protected AgentSession Session => session;

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        var arguments = new ToolArguments(spec.Parameters, request.Params?.Arguments, session.Hide);
        if (arguments.Problems.Count > 0) return Failed(ToolFailure.OfArguments(spec, arguments.Problems));
        try
        {
            var pool = await session.JoinAsync(cancellationToken);
            return Answered(await RunAsync(pool, arguments, cancellationToken));
        }
        catch (Exception failure) when (ToolFailure.Explain(failure, arguments.Text(PoolTool.TaskId), session.Leases) is { } explained)
        {
            if (failure is PoolProblemException { Status: HttpStatusCode.Unauthorized }) session.Refused();
            return Failed(explained);
        }
    }

    protected abstract Task<TAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct);

    /// <summary>The answer in words, complete enough for clients that show nothing else.</summary>
    protected abstract string Say(TAnswer answer);

    private CallToolResult Answered(TAnswer answer)
    {
        answer.Notices = session.TakeNotices();
        return new CallToolResult
        {
            Content = [.. WithNotices(answer.Notices, Say(answer))],
            StructuredContent = JsonSerializer.SerializeToElement(answer, type),
        };
    }

    private CallToolResult Failed(string why) => new() { IsError = true, Content = [.. WithNotices(session.TakeNotices(), why)] };

    private static IEnumerable<ContentBlock> WithNotices(IReadOnlyList<string> notices, string text) =>
        notices.Select(notice => $"NOTICE: {notice}").Append(text).Select(line => new TextContentBlock { Text = line });
}

/// <summary>Arguments and steps that several tools share.</summary>
internal static class PoolTool
{
    public const int MaxMessage = 4000;

    public static readonly TaskIdParameter TaskId = new("task_id", "Id of a task that you hold, from fetch_work or list_my_leases.")
    {
        IsRequired = true,
    };

    /// <summary>Every tool there is.</summary>
    public static IEnumerable<McpServerTool> All(AgentSession session) =>
    [
        new FetchWork(session), new TaskDetailsTool(session), new StartTask(session), new ReportProgress(session), new ReportPr(session),
        new BlockTask(session), new ReleaseTask(session), new ExplainNoWork(session), new ListMyLeases(session),
    ];
}
