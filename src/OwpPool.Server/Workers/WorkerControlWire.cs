using System.ComponentModel;
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

/// <summary>A maintainer shuts a worker out.</summary>
public sealed record RevokeRequest
{
    /// <summary>Why; kept in the audit log.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }

    /// <summary>Whether to put back what is under review or merged by this worker's word alone.</summary>
    [DefaultValue(false)]
    public bool Undo { get; init; }

    internal static RevokeRequest Read(JsonFields body) => new() { Reason = body.Line("reason", 500), Undo = body.Boolean("undo") ?? false };
}

/// <summary>The worker is shut out.</summary>
public sealed record RevokeResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }

    /// <summary>How many tasks of unconfirmed reviews and merges are ready again.</summary>
    public required int Undone { get; init; }
}

/// <summary>It was done.</summary>
public sealed record WorkerControlResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }
}
