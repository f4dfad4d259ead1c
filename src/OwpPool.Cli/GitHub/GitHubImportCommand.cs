using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.GitHub;

/// <summary><c>owp admin import-github-issues</c>.</summary>
internal static class GitHubImportCommand
{
    private static readonly Option<string> Repo = new("--repo", "-R")
    {
        Description = "The repo, as on GitHub.",
        HelpName = "owner/name",
        Required = true,
    };

    private static readonly Option<string?> Label = new("--label")
    {
        Description = "Label of the issues [the repo's sync's, pool:ready].",
        HelpName = "label",
    };

    private static readonly Option<int?> Limit = Numbers.Option("--limit", "How many new tasks at most, oldest issues first [100].");

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would be; add nothing." };

    private static readonly Option<string?> Token = new("--github-token") { Description = "Of the older tool; not needed.", Hidden = true };

    private static readonly Column<SkippedIssue>[] Skipped = [new("issue", issue => issue.Number), new("why not", issue => issue.Reason)];

    public static Command Create() => new Command("import-github-issues", "Make tasks of open issues with a label, each once.")
    {
        Repo, Label, Limit, DryRun, Token, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<GitHubImport>());
        if (invocation.Has(Token))
            invocation.Warn("--github-token is not sent anywhere: the server asks GitHub itself, with its own GITHUB_TOKEN.");
        using var admin = AdminConnection.Open(invocation);
        var isDryRun = invocation.Get(DryRun);
        var result = await admin.ImportGitHubIssuesAsync(
            invocation.Get(Repo)!, invocation.Get(Label), invocation.Get(Limit), isDryRun, ct);
        invocation.Answer.Write(result, PoolWire.TypeOf<GitHubImport>(),
            ("repo", result.Repo), ("label", result.Label),
            (isDryRun ? "would be created" : "created", result.Created), ("there before", result.Existing),
            ("skipped", result.Skipped.Count));
        invocation.Answer.WriteBelow(result.Skipped, Skipped);
        return ExitCodes.Done;
    }
}
