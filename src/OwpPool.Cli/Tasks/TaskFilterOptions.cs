using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>Which tasks, as options: what is listed, and what a bulk act is done with. All that is given must hold.</summary>
internal static class TaskFilterOptions
{
    private static readonly string[] Phases =
        ["ready", "offered", "leased", "in_progress", "blocked", "pr_opened", "merged", "cancelled", "dead_letter"];

    private static readonly Option<string?> Repo = new("--repo", "-R") { Description = "Of this repo.", HelpName = "owner/name" };

    private static readonly Option<string[]> Status = new("--status", "--state")
    {
        Description = $"In one of these, comma-separated: {string.Join(", ", Phases)}.",
        HelpName = "a,b",
        CompletionSources = { _ => Phases.Select(phase => new System.CommandLine.Completions.CompletionItem(phase)) },
    };

    private static readonly Option<string?> Area = new("--area") { Description = "In this area of its repo.", HelpName = "path" };
    private static readonly Option<string?> Skill = new("--skill") { Description = "That asks for this skill.", HelpName = "skill" };
    private static readonly Option<string?> Worker = new("--worker") { Description = "Held or done by this worker.", HelpName = "name" };
    private static readonly Option<string?> Search = new("--search", "-q")
    {
        Description = "With this in its title or external id.",
        HelpName = "text",
    };

    private static readonly Option<int?> Tier = Numbers.Option("--tier", "Of this tier, 0 to 3.");
    private static readonly Option<bool?> Confirmed = new("--confirmed")
    {
        Description = "Merged or under review, and confirmed by someone other than the worker; 'false': confirmed by nobody else.",
        HelpName = "true|false",
    };

    private static readonly Option<bool?> MergeReported = new("--merge-reported")
    {
        Description = "Whose worker reports a merge that nobody else has confirmed; with 'false', the others.",
        HelpName = "true|false",
    };

    private static readonly Option<int?> MinAttempts = Numbers.Option(
        "--min-attempts", "That failed or were lost at least this often.", "attempts");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Repo, Status, Area, Skill, Worker, Search, Tier, Confirmed, MergeReported, MinAttempts];

    /// <summary>What the command line says; a worker's name becomes its id.</summary>
    public static async Task<TaskQuery> ReadAsync(Invocation invocation, PoolClient pool, CancellationToken ct) => new()
    {
        Repo = invocation.Get(Repo),
        Statuses = Words.Of(invocation.Get(Status)),
        Area = invocation.Get(Area),
        Skill = invocation.Get(Skill),
        WorkerId = invocation.Get(Worker) is { } worker ? await Lookup.WorkerAsync(pool, worker, ct) : null,
        Text = invocation.Get(Search),
        Tier = invocation.Get(Tier),
        Confirmed = invocation.Get(Confirmed),
        MergeReported = invocation.Get(MergeReported),
        MinAttempts = invocation.Get(MinAttempts),
    };
}
