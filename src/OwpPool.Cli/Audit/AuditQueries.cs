using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Audit;

/// <summary>Which changes, as options.</summary>
internal static class AuditQueries
{
    private static readonly Option<string?> Type = new("--type") { Description = "Of this type, such as task.merged.", HelpName = "type" };
    private static readonly Option<string?> Actor = new("--actor") { Description = "By a worker, admin:NAME or 'system'.", HelpName = "who" };
    private static readonly Option<string?> Target = new("--target") { Description = "Of this task, worker or repo.", HelpName = "id" };
    private static readonly Option<string?> Repo = new("--repo", "-R") { Description = "In this repo.", HelpName = "owner/name" };
    private static readonly Option<string?> Since = new("--since") { Description = "Not before this instant or day.", HelpName = "time" };
    private static readonly Option<string?> Until = new("--until") { Description = "Before this instant or day.", HelpName = "time" };
    private static readonly Option<bool> Oldest = new("--oldest-first") { Description = "In the order in which they happened." };

    /// <summary>Adds all of them.</summary>
    public static Command WithQuery(this Command command)
    {
        foreach (var option in new Option[] { Type, Actor, Target, Repo, Since, Until, Oldest }) command.Add(option);
        return command;
    }

    /// <summary>What the command line says.</summary>
    public static async Task<AuditQuery> ReadAsync(Invocation invocation, PoolClient admin, CancellationToken ct) => new()
    {
        EventType = invocation.Get(Type),
        Actor = await Lookup.SubjectAsync(admin, invocation.Get(Actor), ct),
        Target = await Lookup.SubjectAsync(admin, invocation.Get(Target), ct),
        Repo = invocation.Get(Repo),
        Since = Instants.Of(invocation, Since),
        Until = Instants.Of(invocation, Until),
        Ascending = invocation.Get(Oldest),
    };
}
