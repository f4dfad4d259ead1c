using Microsoft.OpenApi;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>The groups of endpoints, in the order in which the docs show them: a worker's life first, health last.</summary>
public static class ApiTags
{
    private static readonly (string Name, string Description)[] Groups =
    [
        ("Workers", "A worker's life: register, send heartbeats, ask for work."),
        ("Leases", "Keep a lease that runs out."),
        ("Offers", "Look at a task before you take it."),
        ("Tasks", "Report on a task, give it back, log what you do; list and read tasks."),
        ("Backlog", "For maintainers: add, edit and order tasks; accept and reject what comes back."),
        ("Repos", "For maintainers: repos with their review budget, area locks and trust."),
        ("Fleet", "For maintainers: workers, their trust and reputation; pause or revoke them."),
        ("Admin", "For maintainers: the state of the pool, its pause, tokens and invites."),
        ("Events", "Live streams of what happens, as server-sent events."),
        ("Analytics", "How work flows, in numbers."),
        ("Audit", "Who did what and when, and whether the log is whole."),
        ("GitHub", "Import issues, follow pull requests."),
        ("Webhooks", "Have events sent to a receiver of yours."),
        ("Operation", "Health, metrics and version, for operators and their tools."),
    ];

    /// <summary>Lists the groups in the document, and the paths in their order.</summary>
    /// <exception cref="InvalidOperationException">An endpoint is in a group that is not listed here.</exception>
    internal static void Order(OpenApiDocument document)
    {
        document.Tags = new HashSet<OpenApiTag>(Groups.Select(static group => new OpenApiTag { Name = group.Name, Description = group.Description }));
        var paths = new OpenApiPaths();
        foreach (var (path, item) in document.Paths.OrderBy(static path => Rank(path.Key, path.Value))) paths.Add(path, item);
        document.Paths = paths;
    }

    private static int Rank(string path, IOpenApiPathItem item)
    {
        var tag = item.Operations!.Values.First().Tags?.First().Name;
        var rank = Array.FindIndex(Groups, group => group.Name == tag);
        return rank >= 0 ? rank : throw new InvalidOperationException(
            $"{path} is in the group '{tag}', which {nameof(ApiTags)} does not list. Describe it with one that is listed, or add yours there.");
    }
}
