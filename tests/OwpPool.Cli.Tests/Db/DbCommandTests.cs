using System.Globalization;
using OwpPool.Cli.Db;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Db;

/// <summary>Backup, and restore in each order of steps that an operator might take: what is then served is what was backed up.</summary>
public sealed class DbCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Database => _folder.File("pool.db");

    private string Backup => _folder.File("backup.db");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("owp db restore {backup} --db {db} --yes")]
    [InlineData("cp {backup} {db}")]
    [InlineData("mv {backup} {db}")]
    [InlineData("rm {db} {db}-wal {db}-shm; cp {backup} {db}")]
    [InlineData("rm {db}; cp {backup} {db}")]
    public async Task Restore_ServerWasKilled_ServesWhatWasBackedUp(string steps)
    {
        await using (var pool = await TestPool.StartProcessAsync(Database, TestPorts.Take()))
        {
            await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
            await AddAsync(pool, 3);
            await DoneAsync($"owp db backup {Backup} --db {Database}");
            await AddAsync(pool, 40);
            await pool.KillAsync();
        }

        foreach (var step in steps.Replace("{db}", Database, StringComparison.Ordinal).Replace("{backup}", Backup, StringComparison.Ordinal).Split("; "))
            await DoneAsync(step);

        await AssertServesAsync(tasks: 3);
        await AssertServesAsync(tasks: 3);
    }

    [Fact]
    public async Task Restore_ServerWasStopped_CanGoBackAndForthAndLosesNothing()
    {
        await ServeAsync(add: 2);
        await DoneAsync($"owp db backup {Backup} --db {Database}");
        await ServeAsync(add: 5);

        var answer = (await RunAsync($"owp db restore {Backup} --db {Database} --yes --json")).Json();
        await AssertServesAsync(tasks: 2);
        var aside = (string)answer["set_aside"]!;
        Assert.StartsWith(Database + ".aside-", aside, StringComparison.Ordinal);

        // What was set aside is a database like any other.
        await DoneAsync($"owp db backup {Backup}.2 --db {aside}");
        await DoneAsync($"owp db restore {Backup}.2 --db {Database} --yes");
        await AssertServesAsync(tasks: 7);

        // A backup of a backup is one too.
        await DoneAsync($"owp db backup {Backup}.3 --db {Backup}");
        await DoneAsync($"owp db restore {Backup}.3 --db {Database} --yes");
        await AssertServesAsync(tasks: 2);
    }

    [Fact]
    public async Task Restore_ServerWasKilled_KeepsItsDatabaseAndItsLogTogether()
    {
        await using (var pool = await TestPool.StartProcessAsync(Database, TestPorts.Take()))
        {
            await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
            await DoneAsync($"owp db backup {Backup} --db {Database}");
            await AddAsync(pool, 9);
            await pool.KillAsync();
        }
        var answer = (await RunAsync($"owp db restore {Backup} --db {Database} --yes --json")).Json();
        var aside = (string)answer["set_aside"]!;
        Assert.True(File.Exists(aside + "-wal"));
        Assert.False(File.Exists(Database + "-wal"));

        await DoneAsync($"owp db backup {Backup}.2 --db {aside}");
        await DoneAsync($"owp db restore {Backup}.2 --db {Database} --yes");
        await AssertServesAsync(tasks: 9);
    }

    [Fact]
    public async Task BackupAndRestore_WhileTheServerRuns_BackUpWithTheKeysAndRefuseToRestore()
    {
        await using var pool = await TestPool.StartAsync(Database);
        await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));

        var result = await RunAsync($"owp db backup {Backup} --db {Database} --json");

        var answer = result.Json();
        Assert.Equal((1, DatabaseFacts.NewestSchema), ((int)answer["events"]!, (int)answer["schema"]!));
        Assert.Contains(Backup + ".token-key", result.Error, StringComparison.Ordinal);
        foreach (var name in new[] { "", ".token-key" })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup + name));
            Assert.False(File.Exists(Backup + name + "-wal"));
        }
        Assert.Equal(await File.ReadAllTextAsync(Database + ".token-key"), await File.ReadAllTextAsync(Backup + ".token-key"));
        await RefusedAsync($"owp db backup {Backup} --db {Database}", "is there already");
        await RefusedAsync($"owp db restore {Backup} --db {Database} --yes", "is in use: locked by process");
        File.CreateSymbolicLink(_folder.File("link.db"), Database);
        await RefusedAsync($"owp db restore {Backup} --db {_folder.File("link.db")} --yes", "is in use: locked by process");
        await AddAsync(pool, 1);
    }

    [Fact]
    public async Task Restore_FileThatIsNoWholeBackup_IsRefusedAndChangesNothing()
    {
        await ServeAsync(add: 30);
        await DoneAsync($"owp db backup {Backup} --db {Database}");
        var (before, whole) = (await File.ReadAllBytesAsync(Database), await File.ReadAllBytesAsync(Backup));

        await WithAsync(whole[..^4096], "is cut short");
        await WithAsync(whole[..5000], "is cut short");
        await WithAsync([], "is not a pool's database");
        await WithAsync([.. whole[..^8192], .. new byte[4096], .. whole[^4096..]], "is damaged");
        await WithAsync([.. whole[..40], .. "random text, not a header"u8, .. whole[65..]], "unsupported file format");
        await File.WriteAllBytesAsync(_folder.File("bad.db"), whole);
        await DoneAsync($"sqlite3 {_folder.File("bad.db")} 'INSERT INTO pool_schema SELECT 9999, name, checksum, applied_at FROM pool_schema LIMIT 1'");
        await WithAsync(await File.ReadAllBytesAsync(_folder.File("bad.db")), "has schema version 9999");
        await File.WriteAllBytesAsync(_folder.File("bad.db-wal"), new byte[100]);
        await WithAsync(whole, "has a log beside it");
        File.Delete(_folder.File("bad.db-wal"));
        await RefusedAsync($"owp db restore {Database} --db {Database} --yes", "is the database itself");
        await RefusedAsync($"owp db restore {_folder.File("none.db")} --db {Database} --yes", "There is no file");
        await RefusedAsync($"owp db restore {Backup} --db {Database}", "add --yes");

        Assert.Equal(before, await File.ReadAllBytesAsync(Database));
        Assert.DoesNotContain(Directory.GetFiles(_folder.FullPath), file => file.EndsWith(".restore", StringComparison.Ordinal)
            || file.EndsWith(".part", StringComparison.Ordinal) || file.Contains(".aside-", StringComparison.Ordinal));

        async Task WithAsync(byte[] content, string why)
        {
            await File.WriteAllBytesAsync(_folder.File("bad.db"), content);
            await RefusedAsync($"owp db restore {_folder.File("bad.db")} --db {Database} --yes", why);
        }
    }

    [Fact]
    public async Task Backup_LogOfAnotherDatabaseBesideTheFile_IsRefused()
    {
        await using (var pool = await TestPool.StartProcessAsync(Database, TestPorts.Take()))
        {
            await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
            await DoneAsync($"owp db backup {Backup} --db {Database}");
            await AddAsync(pool, 2);
            await pool.KillAsync();
        }
        await DoneAsync($"cp {Backup} {Database}");

        await RefusedAsync($"owp db backup {Backup}.2 --db {Database}", "belongs to another database");
        Assert.False(File.Exists(Backup + ".2"));
    }

    [Fact]
    public async Task Backup_IntoAFolderThatIsNotThere_IsRefused()
    {
        await ServeAsync(add: 1);

        await RefusedAsync($"owp db backup {_folder.File("none")}/backup.db --db {Database}", "The backup of");
    }

    private async Task ServeAsync(int add)
    {
        await using var pool = await TestPool.StartAsync(Database);
        await pool.Admin.PutRepoAsync(new RepoRequest("acme/shop"));
        await AddAsync(pool, add);
    }

    private async Task AssertServesAsync(int tasks)
    {
        await using var pool = await TestPool.StartAsync(Database);
        Assert.Equal(tasks, (await pool.Admin.GetStateAsync()).TasksReady);
        Assert.True((await pool.Admin.VerifyAuditAsync()).Ok);
    }

    private static async Task AddAsync(TestPool pool, int tasks)
    {
        for (var i = 0; i < tasks; i++)
            await pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", string.Create(CultureInfo.InvariantCulture, $"Fix {i}")));
    }

    private static async Task DoneAsync(string command)
    {
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, $"{command}: {result.Error}");
    }

    private static async Task RefusedAsync(string command, string why)
    {
        var result = await RunAsync(command);
        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
    }

    private static async Task<ProgramResult> RunAsync(string command)
    {
        if (!command.StartsWith("owp ", StringComparison.Ordinal)) return await Shell.RunAsync(command, new Dictionary<string, string?>());
        using var owp = new OwpShell();
        return await owp.RunAsync(command["owp ".Length..]);
    }
}
