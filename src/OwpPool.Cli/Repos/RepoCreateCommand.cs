using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Repos;

/// <summary><c>owp repo create</c>, and under the older tool's name <c>owp admin init-repo --repo</c>.</summary>
internal static class RepoCreateCommand
{
    private static readonly Option<string> RepoOption = new("--repo", "-R")
    {
        Description = "The repo, name or owner/name.",
        HelpName = "owner/name",
        Required = true,
    };

    public static Command Create() => new Command("create", "Add a repo, or change the settings named here where it is there.")
    {
        RepoOptions.Repo, AdminConnection.Token, Answer.Json,
    }.WithSettings().Runs((invocation, ct) => RunAsync(invocation, invocation.Get(RepoOptions.Repo)!, ct));

    public static Command CreateInitRepo() => new Command("init-repo", "Add a repo, or change the settings named here where it is there.")
    {
        RepoOption, AdminConnection.Token, Answer.Json,
    }.WithSettings().Runs((invocation, ct) => RunAsync(invocation, invocation.Get(RepoOption)!, ct));

    private static async Task<int> RunAsync(Invocation invocation, string repo, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<RepoDetails>());
        var request = new RepoRequest(repo)
        {
            MaxOpenPrs = invocation.Get(RepoOptions.MaxOpenPrs),
            AreaLocksEnabled = RepoOptions.AreaLocksOf(invocation),
            AreaLockUntil = invocation.Get(RepoOptions.AreaLockUntil),
            MergeAuthority = invocation.Get(RepoOptions.MergeAuthority),
            LeaseTtlSeconds = invocation.Get(RepoOptions.LeaseTtl),
            MaxAttempts = invocation.Get(RepoOptions.MaxAttempts),
            PrRepos = RepoOptions.PrReposOf(invocation),
        };
        using var admin = AdminConnection.Open(invocation);
        var put = await admin.PutRepoAsync(request, ct);
        return await RepoOptions.ShowAsync(invocation, admin, put.Repo, ct);
    }
}
