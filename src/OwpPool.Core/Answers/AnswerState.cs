using Orleans;

namespace OwpPool.Core.Answers;

/// <summary>The stored state of an answer.</summary>
[GenerateSerializer, Immutable, Alias("owp.answer-state")]
public sealed record AnswerState
{
    /// <summary>How long an answer is replayed (protocol §1).</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>Hash of the request that was answered; null = none was.</summary>
    [Id(0)] public string? RequestHash { get; init; }

    /// <summary>When.</summary>
    [Id(1)] public DateTimeOffset At { get; init; }

    /// <summary>HTTP status.</summary>
    [Id(2)] public int Status { get; init; }

    /// <summary>Of the body.</summary>
    [Id(3)] public string? ContentType { get; init; }

    /// <summary>Base64; empty if the body is not kept.</summary>
    [Id(4)] public string SealedBody { get; init; } = "";
}
