namespace OwpPool.Storage.Audit;

/// <summary>Which events of the audit log are wanted: those that fit every member that is set, exactly.</summary>
public sealed record AuditFilter
{
    /// <summary>What happened.</summary>
    public string? EventType { get; init; }

    /// <summary>Who.</summary>
    public string? Actor { get; init; }

    /// <summary>What changed.</summary>
    public string? Target { get; init; }

    /// <summary>The canonical repo key.</summary>
    public string? Repo { get; init; }

    /// <summary>Not before this instant.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this instant.</summary>
    public DateTimeOffset? Until { get; init; }
}
