namespace OwpPool.Server.Hosting.Access;

/// <summary>Who may call an endpoint; every endpoint says it as metadata, and one that says nothing is closed.</summary>
public enum AccessRule
{
    /// <summary>Anybody.</summary>
    Anyone,

    /// <summary>A worker, by its token. Here is checked that the pool made it; that it is still good, the worker's grain says.</summary>
    Worker,

    /// <summary>Whoever has the admin token.</summary>
    Admin,

    /// <summary>Either: the admin, or a worker, which then sees what is its own.</summary>
    AdminOrWorker,

    /// <summary>Whoever has the metrics token or the admin token.</summary>
    Metrics,
}

/// <summary>Says who may call an endpoint.</summary>
public static class AccessRuleExtensions
{
    /// <summary>Sets the rule of an endpoint or of a group.</summary>
    public static TBuilder Allow<TBuilder>(this TBuilder builder, AccessRule rule) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new AccessMetadata(rule));
}

/// <summary>The rule as endpoint metadata.</summary>
public sealed record AccessMetadata(AccessRule Rule);
