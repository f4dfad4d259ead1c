using System.Text.RegularExpressions;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests;

/// <summary>What the README offers to paste works when pasted.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Tour_PastedAsItStands_TakesATaskFromReadyToMerged()
    {
        await using var pool = await TestPool.StartAsync(_folder.File("pool.db"));

        var result = await Shell.RunAsync("set -euo pipefail\n" + Tour(), new Dictionary<string, string?>
        {
            ["OWP_URL"] = pool.Address.AbsoluteUri.TrimEnd('/'),
            ["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken,
        }, _folder.FullPath);

        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        Assert.All(["Index orders by customer", "\"in_progress\"", "\"pr_opened\"", "\"merged\""], said =>
            Assert.Contains(said, result.Output, StringComparison.Ordinal));
        var state = await pool.Admin.GetStateAsync();
        Assert.Equal((1, 2, 0), (state.TasksMerged, state.TasksReady, state.TasksPrOpened));
        Assert.Equal("acme/shop", Assert.Single(state.Repositories).Repo);
        var changed = await pool.Admin.ListTasksAsync(new TaskQuery { Statuses = ["ready"] }).SingleAsync(task => task.Priority == 80);
        Assert.Contains($"{changed.TaskId} {changed.Title}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tour_WithoutAnAdminToken_SaysWhatIsMissing()
    {
        var result = await Shell.RunAsync(Tour(), new Dictionary<string, string?> { ["OWP_ADMIN_TOKEN"] = null });

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("OWP_ADMIN_TOKEN: is not set", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommandLine_PastedAsItStands_ShowsTheTaskAndWhyBobGetsNone()
    {
        await using var pool = await TestPool.StartAsync(_folder.File("pool.db"));
        var lines = ShellBlock().Match(Readme()).Groups[1].Value;
        Assert.Contains("owp doctor", lines, StringComparison.Ordinal);

        var result = await Shell.RunAsync($$"""
            set -euo pipefail
            owp() { dotnet '{{typeof(OwpCommand).Assembly.Location}}' "$@"; }
            {{lines}}
            """, new Dictionary<string, string?>
        {
            ["OWP_URL"] = pool.Address.AbsoluteUri,
            ["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken,
            ["XDG_CONFIG_HOME"] = _folder.FullPath,
        });

        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        Assert.All(["\nIndex orders by customer\n", "skill", "workers online\t2\n"], said =>
            Assert.Contains(said, result.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("failed", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queries_OfTheReadme_ReadTheDatabaseOfARunningPool()
    {
        await using var pool = await TestPool.StartAsync(_folder.File("pool.db"));
        await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
        var added = await pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "Fix it"));
        var queries = Query().Matches(Readme()).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(2, queries.Count);

        foreach (var query in queries)
        {
            var result = await Shell.RunAsync($"sqlite3 pool.db \"{query}\"", new Dictionary<string, string?>(), _folder.FullPath);

            Assert.True(result.ExitCode == 0, result.Error);
            Assert.Contains(added.TaskId, result.Output, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static string Readme() => File.ReadAllText(Path.Combine(TestedFiles.RepositoryRoot, "README.md"));

    private static string Tour()
    {
        var blocks = BashBlock().Matches(Readme()).Select(match => match.Groups[1].Value).ToList();
        Assert.True(blocks.Count >= 3);
        return string.Join('\n', blocks);
    }

    [GeneratedRegex("^```bash\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BashBlock();

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex("\"(select .+? from pool_\\w+)\"")]
    private static partial Regex Query();
}
