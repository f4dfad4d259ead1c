using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Tasks;

/// <summary>A task given back.</summary>
public sealed record ReleaseRequest
{
    /// <summary>The longest rest that a worker may ask for, in seconds: a day.</summary>
    public const int MaxRetryAfterSeconds = 86_400;

    /// <summary>Why; the next worker reads it.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }

    /// <summary>The lease; if given, it must be the latest.</summary>
    public string? LeaseId { get; init; }

    /// <summary>The lease's token; if given, it must be the latest.</summary>
    [Range(0L, StatusRequest.MaxToken)]
    public long? FencingToken { get; init; }

    /// <summary>How long the task rests before anybody gets it again.</summary>
    [Range(0, MaxRetryAfterSeconds), DefaultValue(0)]
    public int RetryAfterSeconds { get; init; }

    internal static ReleaseRequest Read(JsonFields body) => new()
    {
        Reason = body.FreeText("reason", 500),
        LeaseId = body.Id("lease_id", Ids.Lease),
        FencingToken = body.Long("fencing_token", 0, StatusRequest.MaxToken),
        RetryAfterSeconds = body.Integer("retry_after_seconds", 0, MaxRetryAfterSeconds) ?? 0,
    };
}
