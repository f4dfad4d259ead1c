using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Repos;

/// <summary><c>owp repo edit</c>: changes settings of a repo that is there, or puts them back.</summary>
internal static class RepoEditCommand
{
    private static readonly string[] Settings =
        ["max_open_prs", "area_locks_enabled", "area_lock_until", "trust", "merge_authority", "lease_ttl_seconds", "max_attempts", "pr_repos"];

    private static readonly Option<string[]> Reset = new("--reset")
    {
        Description = $"Put these back to their defaults: {string.Join(", ", Settings)}.",
        HelpName = "a,b",
        CompletionSources = { _ => Settings.Select(name => new System.CommandLine.Completions.CompletionItem(name)) },
    };

    private static readonly Option<string[]> Trust = new("--trust")
    {
        Description = "Highest tier for each trust, such as basic=1,trusted=3; those left out take their defaults.",
        HelpName = "trust=tier,…",
    };

    public static Command Create() => new Command("edit", "Change settings of a repo. What is not named stays.")
    {
        RepoOptions.Repo, Trust, Reset, AdminConnection.Token, Answer.Json,
    }.WithSettings().Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<RepoDetails>());
        var resets = Words.Of(invocation.Get(Reset));
        if (resets.FirstOrDefault(name => !Settings.Contains(name)) is { } unknown)
            throw new UsageException($"--reset: there is no setting '{unknown}'. There are {string.Join(", ", Settings)}.");
        var patch = new RepoPatch
        {
            MaxOpenPrs = invocation.Get(RepoOptions.MaxOpenPrs),
            AreaLocksEnabled = RepoOptions.AreaLocksOf(invocation),
            AreaLockUntil = invocation.Get(RepoOptions.AreaLockUntil),
            MergeAuthority = invocation.Get(RepoOptions.MergeAuthority),
            LeaseTtlSeconds = invocation.Get(RepoOptions.LeaseTtl),
            MaxAttempts = invocation.Get(RepoOptions.MaxAttempts),
            PrRepos = RepoOptions.PrReposOf(invocation),
            Trust = TrustOf(Words.Of(invocation.Get(Trust))),
        };
        if (resets.Count == 0 && patch == new RepoPatch())
            throw new UsageException("Nothing to change: name at least one of the options, such as --max-open-prs 5.");
        using var admin = AdminConnection.Open(invocation);
        var edited = await admin.EditRepoAsync(invocation.Get(RepoOptions.Repo)!, patch with { Resets = resets }, ct);
        return await RepoOptions.ShowAsync(invocation, admin, edited.Repo, ct);
    }

    private static TrustLevels? TrustOf(IReadOnlyList<string> pairs)
    {
        if (pairs.Count == 0) return null;
        var levels = new TrustLevels();
        foreach (var pair in pairs)
        {
            var (name, tier) = pair.Split('=') is [var left, var right] && int.TryParse(right, out var number) ? (left, number) : ("", 0);
            levels = name switch
            {
                "untrusted" => levels with { Untrusted = tier },
                "basic" => levels with { Basic = tier },
                "trusted" => levels with { Trusted = tier },
                "maintainer" => levels with { Maintainer = tier },
                _ => throw new UsageException($"--trust '{pair}' is not one of untrusted, basic, trusted, maintainer with =0 to =3."),
            };
        }
        return levels;
    }
}
