using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Audit;

public sealed class AuditVerifyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Database => _folder.File("pool.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Verify_RunningServer_IsOkBothWaysAndNamesWhatSqliteHasChanged()
    {
        await using var pool = await TestPool.StartAsync(Database);
        await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
        await pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "Fix it"));
        string[] ask = ["audit", "verify", "--server", pool.Address.AbsoluteUri, "--admin-token", ServerProcess.AdminToken];
        string[] look = ["audit", "verify", "--db", Database];

        var asked = await RunAsync(ask);
        Assert.Equal((ExitCodes.Done, ""), (asked.ExitCode, asked.Error));
        Assert.StartsWith("OK: 2 events, ", asked.Output, StringComparison.Ordinal);
        Assert.Equal(asked, await RunAsync(look));
        var head = asked.Output.Split('\n')[1]["head ".Length..].Trim();
        await pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "Fix that too"));
        Assert.StartsWith("OK: 3 events, ", (await RunAsync([.. look, "--mark", head])).Output, StringComparison.Ordinal);

        await SqlAsync("UPDATE pool_events SET details = replace(details, 'Fix it', 'Leave it') WHERE seq = 2");

        var tampered = await RunAsync(look);
        Assert.Equal(ExitCodes.Error, tampered.ExitCode);
        Assert.StartsWith("TAMPERED: 1 fault in 3 events.\ne_2 changed: Event 2 was changed", tampered.Output, StringComparison.Ordinal);
        Assert.Equal(tampered, await RunAsync(ask));
    }

    [Theory]
    [InlineData("UPDATE pool_events SET actor = 'w_2' WHERE seq = 3", "e_3 changed")]
    [InlineData("UPDATE pool_events SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 3", "e_3 changed")]
    [InlineData("UPDATE pool_events SET details = CAST(x'7bff7d' AS TEXT) WHERE seq = 3", "e_3 changed")]
    [InlineData("DELETE FROM pool_events WHERE seq = 3", "e_3 missing")]
    [InlineData("DELETE FROM pool_events WHERE seq >= 5", "e_5 missing: Events 5 to 6 are missing.")]
    [InlineData("UPDATE pool_events SET seq = -seq WHERE seq IN (3, 4); UPDATE pool_events SET seq = 7 + seq WHERE seq < 0", "e_3 changed")]
    [InlineData("INSERT INTO pool_events SELECT 7, at, type, actor, target, repo, details, hash FROM pool_events WHERE seq = 3", "e_7 foreign")]
    [InlineData("UPDATE pool_events SET hash = (SELECT hash FROM pool_events WHERE seq = 4) WHERE seq = 3", "e_3 changed")]
    public async Task Verify_StoppedServer_NamesWhatSqliteHasChangedAndLeavesNoTrace(string sql, string named)
    {
        await MakeAsync(events: 6);
        var before = Directory.GetFiles(_folder.FullPath).Order();
        Assert.StartsWith("OK: 6 events", (await RunAsync("audit", "verify", "--db", Database)).Output, StringComparison.Ordinal);

        await SqlAsync(sql);

        var result = await RunAsync("audit", "verify", "--db", Database);
        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Error));
        Assert.Contains('\n' + named, result.Output, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_folder.FullPath).Order());
    }

    [Fact]
    public async Task Verify_ServerWasKilled_ReadsWhatIsInItsLog()
    {
        await using var pool = await TestPool.StartProcessAsync(Database, TestPorts.Take());
        await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
        await pool.KillAsync();

        Assert.StartsWith("OK: 1 event, ", (await RunAsync("audit", "verify", "--db", Database)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_FileThatIsNoPool_IsUsageAndOneLine()
    {
        var text = _folder.Write("text.db", "no database");
        await SqlAsync("CREATE TABLE pool_events (seq)", _folder.File("other.db"));

        foreach (var file in new[] { text, _folder.File("other.db"), _folder.File("none.db"), _folder.FullPath })
        {
            var result = await RunAsync("audit", "verify", "--db", file);
            Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
            Assert.Contains(file, Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
        Assert.False(File.Exists(_folder.File("none.db")));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5:abc")]
    public async Task Verify_MarkThatIsNone_IsUsage(string mark)
    {
        var result = await RunAsync("audit", "verify", "--db", Database, "--mark", mark);
        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains($"--mark '{mark}'", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A database that nobody has open.</summary>
    private async Task MakeAsync(int events)
    {
        await using (var pool = await TestPool.StartAsync(Database))
        {
            await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
            for (var i = 1; i < events; i++) await pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", $"Fix {i}"));
        }
        Assert.False(File.Exists(Database + "-wal"));
    }

    private async Task SqlAsync(string sql, string? database = null)
    {
        var result = await Shell.RunAsync($"sqlite3 -cmd '.timeout 10000' '{database ?? Database}' \"{sql}\"", new Dictionary<string, string?>());
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private static async Task<ProgramResult> RunAsync(params string[] args)
    {
        using var owp = new OwpShell();
        return await owp.RunAsync(args);
    }
}
