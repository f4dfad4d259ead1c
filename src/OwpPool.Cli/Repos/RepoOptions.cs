using System.CommandLine;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Repos;

/// <summary>A repo's settings as options; the names are those of the older tool.</summary>
internal static class RepoOptions
{
    public static readonly Argument<string> Repo = new("repo") { Description = "The repo, name or owner/name." };

    public static readonly Option<int?> MaxOpenPrs = Numbers.Option(
        "--max-open-prs", "Review budget: how many tasks may be handed out or under review at once, 0 to 100; 0 = none [3].");

    public static readonly Option<bool> AreaLocks = new("--area-locks") { Description = "One task at a time in each area; the default." };
    public static readonly Option<bool> NoAreaLocks = new("--no-area-locks") { Description = "Any number of tasks in an area." };

    public static readonly Option<string?> AreaLockUntil = new("--area-lock-until")
    {
        Description = "Until when a task locks its area [pr_opened].",
    };

    public static readonly Option<string?> MergeAuthority = new("--merge-authority") 
    {
        Description = "Who may mark a task merged [github where the repo is owner/name and the server has a webhook secret, else worker].",
    };

    public static readonly Option<int?> LeaseTtl = Numbers.Option(
        "--lease-ttl", "How long a lease of its tasks runs, in seconds [the pool's].", "seconds");

    public static readonly Option<int?> MaxAttempts = Numbers.Option(
        "--max-attempts", "Lost leases until a task is a dead letter [the pool's].");

    public static readonly Option<string[]> PrRepos = new("--pr-repos")
    {
        Description = "Other repos that its tasks' pull requests may be in [none].",
        HelpName = "owner/name,…",
    };

    static RepoOptions()
    {
        AreaLockUntil.AcceptOnlyFromAmong("pr_opened", "merged");
        MergeAuthority.AcceptOnlyFromAmong("worker", "maintainer", "github");
    }

    /// <summary>Adds all of them.</summary>
    public static Command WithSettings(this Command command)
    {
        foreach (var option in new Option[] { MaxOpenPrs, AreaLocks, NoAreaLocks, AreaLockUntil, MergeAuthority, LeaseTtl, MaxAttempts, PrRepos })
            command.Add(option);
        return command;
    }

    /// <summary>Null where none is said.</summary>
    public static IReadOnlyList<string>? PrReposOf(Invocation invocation) => Words.Of(invocation.Get(PrRepos)) is { Count: > 0 } repos ? repos : null;

    /// <summary>Null where neither is said.</summary>
    /// <exception cref="UsageException">Both are.</exception>
    public static bool? AreaLocksOf(Invocation invocation)
    {
        var (on, off) = (invocation.Get(AreaLocks), invocation.Get(NoAreaLocks));
        if (on && off) throw new UsageException("--area-locks and --no-area-locks cannot both be given.");
        return on ? true : off ? false : null;
    }

    /// <summary>Shows a repo after a change.</summary>
    public static async Task<int> ShowAsync(Invocation invocation, PoolClient admin, string repo, CancellationToken ct)
    {
        Write(invocation, await admin.GetRepoAsync(repo, ct));
        return ExitCodes.Done;
    }

    public static void Write(Invocation invocation, RepoDetails repo) => invocation.Answer.Write(repo, PoolWire.TypeOf<RepoDetails>(),
        ("repo", repo.Repo),
        ("paused", repo.Settings.Paused),
        ("review budget", $"{repo.Budget.InUse} of {repo.Budget.MaxOpenPrs} in use, {repo.Budget.UnderReview} under review"),
        ("ready", repo.Backlog.Ready),
        ("eligible", repo.Backlog.Eligible),
        ("resting", repo.Backlog.Resting),
        ("waiting for others", repo.Backlog.WaitingForOthers),
        ("area locks", repo.Settings.AreaLocksEnabled ? $"until {repo.Settings.AreaLockUntil}" : "none"),
        ("merge authority", repo.Settings.MergeAuthority),
        ("lease", Ago.Length(TimeSpan.FromSeconds(repo.Settings.LeaseTtlSeconds))),
        ("attempts", repo.Settings.MaxAttempts),
        ("pull requests also in", repo.Settings.PrRepos.Count == 0 ? "no other repo" : string.Join(", ", repo.Settings.PrRepos)),
        ("tiers by trust", Tiers(repo.Settings.Trust)));

    private static string Tiers(TrustLevels trust) =>
        $"untrusted {trust.Untrusted}, basic {trust.Basic}, trusted {trust.Trusted}, maintainer {trust.Maintainer}";
}
