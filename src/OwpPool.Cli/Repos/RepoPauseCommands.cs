using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Repos;

/// <summary><c>owp repo pause</c> and <c>resume</c>.</summary>
internal static class RepoPauseCommands
{
    public static Command CreatePause() => Create("pause", "Stop granting tasks of a repo; leases and reviews continue.",
        (admin, repo, ct) => admin.PauseRepoAsync(repo, ct));

    public static Command CreateResume() => Create("resume", "Hand out a repo's tasks again.",
        (admin, repo, ct) => admin.ResumeRepoAsync(repo, ct));

    private static Command Create(string name, string description, Func<PoolClient, string, CancellationToken, Task<RepoReply>> act) =>
        new Command(name, description)
        {
            RepoOptions.Repo, AdminConnection.Token, Answer.Json,
        }.Runs(async (invocation, ct) =>
        {
            invocation.Answer.Check(PoolWire.TypeOf<RepoDetails>());
            using var admin = AdminConnection.Open(invocation);
            var reply = await act(admin, invocation.Get(RepoOptions.Repo)!, ct);
            return await RepoOptions.ShowAsync(invocation, admin, reply.Repo, ct);
        });
}
