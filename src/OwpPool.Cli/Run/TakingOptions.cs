using System.CommandLine;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Run;

/// <summary>The options by which a worker takes work, whatever it does with it.</summary>
internal static class TakingOptions
{
    private const int MaxRepos = 100;

    private static readonly Option<int?> Concurrency = Numbers.Whole(
        "--concurrency", "Tasks at once, 1 to 20 [1]; the worker's own limits at the pool hold too.", 1, 20, "tasks");

    private static readonly Option<string[]> Repos = new("--repo")
    {
        Description = "Take tasks of this repo only; comma-separated, or repeat the option.",
        HelpName = "repo",
    };

    private static readonly Option<bool> Once = new("--once") { Description = "Ask for work once, do what that brings, and end." };

    private static readonly Option<int?> MaxTasks = Numbers.Whole("--max-tasks", "End after this many tasks, those of all workers together.", 1, 1_000_000, "tasks");

    private static readonly Option<double?> HeartbeatEvery = Numbers.Seconds(
        "--heartbeat-every", "Time between two heartbeats [what the pool asked for at registration, else 30]. Short leases bring more.",
        0.05, 3_600);

    private static readonly Option<double?> PollEvery = Numbers.Seconds(
        "--poll-every", "How long one request for work waits for some, 0 to 60 [30; 0 with --once].", 0, 60);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Concurrency, Repos, Once, MaxTasks, HeartbeatEvery, PollEvery];

    /// <summary>What they say.</summary>
    /// <param name="invocation">Where they stand.</param>
    /// <param name="repos">The repos that the worker can serve where <c>--repo</c> does not say; empty = any.</param>
    /// <param name="heartbeatSeconds">What the pool asked for; null = not known.</param>
    /// <exception cref="UsageException">They contradict each other.</exception>
    public static RunnerSettings Read(Invocation invocation, IReadOnlyList<string> repos, int? heartbeatSeconds)
    {
        var wanted = Words.Of(invocation.Get(Repos));
        if (wanted.Count > MaxRepos) throw new UsageException($"--repo: {wanted.Count} repos are more than {MaxRepos}.");
        if (wanted.FirstOrDefault(repo => repos.Count > 0 && !repos.Contains(repo, StringComparer.OrdinalIgnoreCase)) is { } other)
            throw new UsageException($"--repo {other}: there is no --repo-dir for it.");
        if (invocation.Get(Once) && invocation.Get(MaxTasks) is not null)
            throw new UsageException("--once and --max-tasks cannot both be given.");
        return new RunnerSettings
        {
            Concurrency = invocation.Get(Concurrency) ?? 1,
            Repos = wanted.Count > 0 ? wanted : repos,
            Once = invocation.Get(Once),
            Allowance = new TaskAllowance(invocation.Get(MaxTasks)),
            HeartbeatEvery = TimeSpan.FromSeconds(invocation.Get(HeartbeatEvery) ?? heartbeatSeconds ?? 30),
            PollEvery = TimeSpan.FromSeconds(invocation.Get(PollEvery) ?? (invocation.Get(Once) ? 0 : 30)),
        };
    }
}
