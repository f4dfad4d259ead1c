using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Cli.Repos;
using OwpPool.Client;

namespace OwpPool.Cli.GitHub;

/// <summary><c>owp repo sync</c>: how a repo is kept in step with GitHub; alone it shows it.</summary>
internal static class GitHubSyncCommand
{
    private static readonly Option<string?> Type = new("--type") { Description = "Follow GitHub only, or write there too." };

    private static readonly Option<string[]> Write = new("--write")
    {
        Description = "What the pool may write, comma-separated: comments, labels, status.",
        HelpName = "a,b",
    };

    private static readonly Option<string?> Label = new("--label")
    {
        Description = "Label of issues to import [pool:ready].",
        HelpName = "label",
    };


    static GitHubSyncCommand() => Type.AcceptOnlyFromAmong("read_only", "bidirectional");

    public static Command Create() => new Command("sync", "Say how a repo is kept in step with GitHub; without --type show it.")
    {
        RepoOptions.Repo, Type, Write, Label, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<GitHubSync>());
        var (repo, type) = (invocation.Get(RepoOptions.Repo)!, invocation.Get(Type));
        if (type is null && (invocation.Has(Write) || invocation.Has(Label)))
            throw new UsageException("--write and --label are set together with --type.");
        using var admin = AdminConnection.Open(invocation);
        var sync = type is null ? await admin.GetGitHubSyncAsync(repo, ct)
            : await admin.SetGitHubSyncAsync(repo, new GitHubSyncRequest(type)
            {
                WritePermissions = invocation.Has(Write) ? Words.Of(invocation.Get(Write)) : null,
                Label = invocation.Get(Label),
            }, ct);
        invocation.Answer.Write(sync, PoolWire.TypeOf<GitHubSync>(), ("repo", sync.Repo), ("type", sync.SyncType), ("label", sync.Label),
            ("webhook", sync.WebhookUrl), ("may write", sync.PermissionsGranted));
        return ExitCodes.Done;
    }
}
