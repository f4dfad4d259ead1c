using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Hosting.Health;

/// <summary>The process runs.</summary>
public sealed record LiveResponse
{
    internal const string Alive = "alive";

    /// <summary><c>alive</c>.</summary>
    [OneOf(nameof(WordLists.LiveStatus))]
    public string Status { get; init; } = Alive;
}

/// <summary>Whether requests can be served.</summary>
public sealed record ReadyResponse
{
    /// <summary>ready, starting, draining or failing.</summary>
    [OneOf(nameof(WordLists.ReadyStatus))]
    public required string Status { get; init; }

    /// <summary>Each check with what it found: ok or failing; none of them is made while the server starts or drains.</summary>
    [OneOf(nameof(WordLists.CheckStatus))]
    public required IReadOnlyDictionary<string, string> Checks { get; init; }
}

/// <summary>Which program this is.</summary>
public sealed record VersionResponse
{
    /// <summary><c>owp-pool</c>.</summary>
    public string Name { get; init; } = "owp-pool";

    /// <summary>Of the program.</summary>
    public required string Version { get; init; }

    /// <summary>The commit that it was built from; null where the build did not know.</summary>
    public required string? Commit { get; init; }

    /// <summary>Of the protocol.</summary>
    public string Protocol { get; init; } = "OWP 0.1";

    /// <summary>Of Microsoft Orleans, which runs the grains.</summary>
    public required string Orleans { get; init; }

    /// <summary>Of the .NET runtime.</summary>
    public required string Runtime { get; init; }
}

/// <summary>Where to begin.</summary>
public sealed record RootResponse
{
    /// <summary><c>owp-pool</c>.</summary>
    public string Name { get; init; } = "owp-pool";

    /// <summary>Of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Of the protocol.</summary>
    public string Protocol { get; init; } = "OWP 0.1";

    /// <summary>Paths by name.</summary>
    public IReadOnlyDictionary<string, string> Links { get; init; } = new Dictionary<string, string>
    {
        ["docs"] = "/docs",
        ["openapi"] = "/openapi/v1.json",
        ["register"] = "/v1/workers/register",
        ["heartbeat"] = "/v1/workers/heartbeat",
        ["work"] = "/v1/work",
        ["task_status"] = "/v1/tasks/{id}/status",
        ["repos"] = "/v1/admin/repos",
        ["tasks"] = "/v1/admin/tasks",
        ["state"] = "/v1/admin/state",
        ["ready"] = "/readyz",
        ["version"] = "/version",
    };
}
