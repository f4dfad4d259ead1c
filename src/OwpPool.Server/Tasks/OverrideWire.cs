using System.ComponentModel.DataAnnotations;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Tasks;

/// <summary>What a maintainer says when overriding a worker.</summary>
public sealed record OverrideRequest
{
    /// <summary>Why; kept in the audit log.</summary>
    [StringLength(500, MinimumLength = 1)]
    public required string Reason { get; init; }

    internal static OverrideRequest Read(JsonFields body) => new() { Reason = body.RequiredLine("reason", 500) };
}
