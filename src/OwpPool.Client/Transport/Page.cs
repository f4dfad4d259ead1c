namespace OwpPool.Client.Transport;

/// <summary>A page of a list.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items)
{
    /// <summary>Null at the end.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>A page of the audit log, which names its parts otherwise.</summary>
internal sealed record AuditPage(IReadOnlyList<AuditEvent> Events)
{
    /// <summary>Null at the end.</summary>
    public string? NextCursor { get; init; }
}
