using System.Text.Json.Serialization;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Hosting.Problems;

/// <summary>An error as it is sent: RFC 9457 with the members of OWP beside them.</summary>
public sealed record ProblemDocument
{
    /// <summary>Path of the page that explains the kind of error.</summary>
    public required string Type { get; init; }

    /// <summary>The kind of error in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What went wrong this time.</summary>
    public required string Detail { get; init; }

    /// <summary>The path that was asked.</summary>
    public required string Instance { get; init; }

    /// <summary>What the server's log knows the request by.</summary>
    [JsonPropertyName("traceId")]
    public required string TraceId { get; init; }

    /// <summary>The code, stable, for programs.</summary>
    [OneOf(nameof(WordLists.ProblemCode))]
    public required string Error { get; init; }

    /// <summary>The same as <c>error</c>.</summary>
    [OneOf(nameof(WordLists.ProblemCode))]
    public required string Code { get; init; }

    /// <summary>The same as <c>detail</c>.</summary>
    public required string Message { get; init; }

    /// <summary>What programs can act on.</summary>
    public required ProblemFacts Details { get; init; }

    /// <summary>What to do next.</summary>
    public required string Suggestion { get; init; }
}

/// <summary>The parts of an error that programs can act on; only those that apply are sent.</summary>
public sealed record ProblemFacts
{
    /// <summary>The reason word of a conflict or refusal, for example <c>lease_lost</c>.</summary>
    [OneOf(nameof(WordLists.ProblemReason)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>Each bad field with what is wrong with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>The task's phase.</summary>
    [OneOf(nameof(WordLists.TaskStatus)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Phase { get; init; }

    /// <summary>What the task's status may be set to from there.</summary>
    [OneOf(nameof(WordLists.TaskStatus)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? LegalNext { get; init; }

    /// <summary>The limit that was passed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? LimitBytes { get; init; }
}
