using System.ComponentModel.DataAnnotations;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Workers;

/// <summary>What a maintainer says when acting on a worker; the body may be left out.</summary>
public sealed record ControlRequest
{
    /// <summary>Why; kept in the audit log.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }

    internal static ControlRequest Read(JsonFields body) => new() { Reason = body.Line("reason", 500) };
}

/// <summary>It was done.</summary>
public sealed record WorkerControlResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }
}
