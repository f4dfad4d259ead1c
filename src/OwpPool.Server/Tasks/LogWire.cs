using System.Collections.Frozen;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.TaskLogs;

namespace OwpPool.Server.Tasks;

/// <summary>What a worker says while it works.</summary>
public sealed record LogLinesRequest
{
    /// <summary>Lines of one request at most.</summary>
    public const int MaxLines = 500;

    /// <summary>In the order in which they are kept.</summary>
    [MinLength(1), MaxLength(MaxLines)]
    public required IReadOnlyList<LogLineRequest> Lines { get; init; }

    /// <summary>The lease; if given, it must be the latest.</summary>
    public string? LeaseId { get; init; }

    /// <summary>The lease's token; if given, it must be the latest.</summary>
    [Range(0L, StatusRequest.MaxToken)]
    public long? FencingToken { get; init; }

    internal static LogLinesRequest Read(JsonFields body)
    {
        var lines = body.Objects("lines", MaxLines, LogLineRequest.Read);
        if (!body.Has("lines")) body.Reject("lines", "is required");
        else if (lines.Count == 0) body.Reject("lines", "must have at least 1 item");
        return new LogLinesRequest
        {
            Lines = lines,
            LeaseId = body.Id("lease_id", Ids.Lease),
            FencingToken = body.Long("fencing_token", 0, StatusRequest.MaxToken),
        };
    }
}

/// <summary>One line.</summary>
public sealed record LogLineRequest
{
    /// <summary>Bytes of a message at most, in UTF-8.</summary>
    public const int MaxMessageBytes = 8 * 1024;

    private const int MaxStageLength = 64;
    private const string Standard = "info";

    /// <summary>Words of the levels, from least to most.</summary>
    internal static readonly string[] LevelWords = ["trace", "debug", Standard, "warn", "error"];

    private static readonly FrozenDictionary<string, int> Levels = LevelWords
        .Index().ToFrozenDictionary(static level => level.Item, static level => level.Index);

    /// <summary>When, by the worker's clock; else when it arrives.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>How much it matters.</summary>
    [OneOf(nameof(WordLists.LogLevel)), DefaultValue(Standard)]
    public string? Level { get; init; }

    /// <summary>What the worker is at, such as build or test.</summary>
    [StringLength(MaxStageLength)]
    public string? Stage { get; init; }

    /// <summary>What is said, up to 8 KiB, and may be several lines. Control characters other than tabs and line breaks are kept as
    /// characters that show.</summary>
    public required string Message { get; init; }

    internal static LogLineRequest Read(JsonFields line)
    {
        var message = line.Output("message", MaxMessageBytes);
        if (!line.Has("message")) line.Reject("message", "is required");
        _ = line.Choice("level", Levels);
        return new LogLineRequest
        {
            At = line.Instant("at"),
            Level = line.Has("level") ? line.FreeText("level", MaxStageLength) : Standard,
            Stage = line.Line("stage", MaxStageLength),
            Message = message ?? "",
        };
    }

    internal NewLogLine ToLine() => new(At, Level!, Stage, Message);
}

/// <summary>The lines are kept.</summary>
public sealed record LogLinesResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The id of the last of them: what comes after it is newer.</summary>
    public required long Next { get; init; }
}

/// <summary>A line of a task's log.</summary>
public sealed record LogLineMessage
{
    /// <summary>Grows. In a stream, the id of its event begins with it.</summary>
    public required long Id { get; init; }

    /// <summary>When it was said.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it arrived, by the pool's clock.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Who said it.</summary>
    public required string WorkerId { get; init; }

    /// <summary>The token of the lease under which it was said: another one is another attempt.</summary>
    public required long FencingToken { get; init; }

    /// <summary>trace, debug, info, warn or error.</summary>
    [OneOf(nameof(WordLists.LogLevel))]
    public required string Level { get; init; }

    /// <summary>What the worker was at.</summary>
    public required string? Stage { get; init; }

    /// <summary>What was said.</summary>
    public required string Message { get; init; }

    internal static LogLineMessage From(TaskLogLine line) => new()
    {
        Id = line.Id,
        At = line.At,
        ReceivedAt = line.Stored,
        WorkerId = line.WorkerId,
        FencingToken = line.Token,
        Level = line.Level,
        Stage = line.Stage,
        Message = line.Message,
    };
}

/// <summary>A page of a task's log.</summary>
public sealed record LogPage
{
    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<LogLineMessage> Items { get; init; }

    /// <summary>The value of after for the lines that follow, also for those that are not there yet.</summary>
    public required long Next { get; init; }

    /// <summary>The same where more lines are there already; null = these were the last.</summary>
    public required string? NextCursor { get; init; }

    /// <summary>Lines of the task that were older than the oldest kept and had to go.</summary>
    public required long LinesRemoved { get; init; }
}
