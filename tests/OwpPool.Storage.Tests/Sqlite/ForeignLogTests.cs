using OwpPool.Storage.Files;
using OwpPool.Storage.Sqlite;
using OwpPool.Storage.Tests.Support;
using SQLitePCL;

namespace OwpPool.Storage.Tests.Sqlite;

/// <summary>A backup is put in the place of a database whose server was killed, so that the log that lies there belongs to another file. What
/// is then opened is the backup, no less and no more.</summary>
public sealed class ForeignLogTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("owp-foreign-").FullName;

    private string Crashed => Path.Combine(_folder, "pool.db");

    private string Backup => Path.Combine(_folder, "backup.db");

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("backup", false)]
    [InlineData("backup", true)]
    [InlineData("vacuum", false)]
    [InlineData("vacuum", true)]
    [InlineData("copy after a stop", false)]
    [InlineData("copy after a stop", true)]
    [InlineData("copy of the file while it was served", false)]
    [InlineData("backup of a backup", false)]
    public async Task Open_BackupPutOverAKilledServersFile_IsTheBackup(string kind, bool isMoved)
    {
        await AddAsync(50);
        await BackUpAsync(kind);
        await AddAsync(100);
        await CrashAsync();
        if (isMoved) File.Move(Backup, Crashed, overwrite: true);
        else Overwrite(Backup, Crashed);

        using (var storage = Open())
        {
            Assert.Equal(50, Count());
            var aside = Assert.IsType<string>(storage.LogSetAside);
            Assert.True(File.Exists(aside));
            Assert.StartsWith(Crashed + ".aside-", aside, StringComparison.Ordinal);
            Assert.True(storage.IsChecked);
        }
        using var again = Open();
        Assert.Null(again.LogSetAside);
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("vacuum")]
    [InlineData("copy after a stop")]
    public async Task Open_BackupWithoutALog_IsTheBackup(string kind)
    {
        await AddAsync(50);
        await BackUpAsync(kind);
        await AddAsync(100);
        await CrashAsync();
        File.Delete(Crashed + "-wal");
        Overwrite(Backup, Crashed);

        using var storage = Open();
        Assert.Equal(50, Count());
        Assert.Null(storage.LogSetAside);
    }

    [Fact]
    public async Task Open_KilledWithoutARestore_KeepsEverythingHoweverOftenItIsKilled()
    {
        for (var round = 1; round <= 4; round++)
        {
            await AddAsync(20);
            await CrashAsync();
            using (var storage = Open())
            {
                Assert.Null(storage.LogSetAside);
                Assert.Equal(20 * round, Count());
            }
            _database.Close();
        }
    }

    [Fact]
    public async Task Open_KilledAfterACopyOfTheLogIntoTheFile_KeepsEverything()
    {
        // The file is then between the beginning of the log and its end.
        for (var i = 0; i < 6; i++)
        {
            await AddAsync(7);
            using (var other = _database.OpenBeside()) other.Execute($"PRAGMA wal_checkpoint({(i % 2 == 0 ? "PASSIVE" : "RESTART")})");
            await CrashAsync();
            using (var storage = Open()) Assert.Null(storage.LogSetAside);
            Assert.Equal(7 * (i + 1), Count());
            await AddAsync(1);
            await ExecuteAsync("DELETE FROM t WHERE v = (SELECT max(v) FROM t)");
        }
    }

    [Fact]
    public async Task Open_SchemaWasChangedByAShellAndTheServerKilled_KeepsEverything()
    {
        await AddAsync(10);
        using (var shell = _database.OpenBeside())
        {
            shell.Execute("PRAGMA wal_checkpoint(RESTART)");
            shell.Execute("CREATE INDEX by_operator ON t (v)");
        }
        await AddAsync(10);
        await CrashAsync();

        using var storage = Open();
        Assert.Null(storage.LogSetAside);
        Assert.Equal(20, Count());
    }

    [Fact]
    public async Task Open_LogWithoutItsDatabase_IsRefused()
    {
        await AddAsync(5);
        await CrashAsync();
        File.Delete(Crashed);

        var refusal = Assert.Throws<StorageStartupException>(() => Open().Dispose());
        Assert.Contains("is missing, and its log", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("owp db restore", refusal.Message, StringComparison.Ordinal);
        Assert.True(DatabaseFiles.HasContent(Crashed + "-wal"));
    }

    [Fact]
    public async Task Open_LogOfAnotherPool_IsSetAside()
    {
        await AddAsync(5);
        await BackUpAsync("copy after a stop");
        await using var other = new TempDatabase();
        await other.ExecuteAsync("CREATE TABLE foreigners (v)");
        Overwrite(Backup, Crashed);
        File.Copy(other.Path + "-wal", Crashed + "-wal");

        using var storage = Open();
        Assert.NotNull(storage.LogSetAside);
        Assert.Equal(5, Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_BackupIsCutShort_IsRefusedAndItsLogStays(bool hasLog)
    {
        await AddAsync(50);
        await BackUpAsync("backup");
        await CrashAsync();
        if (!hasLog) File.Delete(Crashed + "-wal");
        Overwrite(Backup, Crashed);
        using (var file = File.OpenWrite(Crashed)) file.SetLength(file.Length - 4096);

        var refusal = Assert.Throws<StorageStartupException>(() => SqliteStorage.Open(
            new SqliteStorageOptions { Path = Crashed, CheckTime = TimeSpan.Zero }).Dispose());
        Assert.Contains("is cut short", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(hasLog, DatabaseFiles.HasContent(Crashed + "-wal"));
    }

    [Fact]
    public async Task Write_BackupWasCopiedOverTheOpenFile_IsRefusedAndTheBackupStaysWhole()
    {
        await AddAsync(50);
        await BackUpAsync("backup");
        await AddAsync(10);
        Overwrite(Backup, _database.Path);

        var error = await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => AddAsync(1));
        Assert.Contains("overwritten while it was open; restart the server", error.Message, StringComparison.Ordinal);
        Assert.False(await _database.Storage.CanWriteAsync());
        _database.Close();

        Assert.Equal(50L, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Open_ByAnotherName_IsOneFileAndOneLock()
    {
        await AddAsync(3);
        var (link, hard) = (Path.Combine(_folder, "link.db"), Path.Combine(_folder, "hard.db"));
        File.CreateSymbolicLink(link, _database.Path);
        await ShellAsync($"ln '{_database.Path}' '{hard}'");

        foreach (var name in new[] { link, hard })
        {
            var refusal = Assert.Throws<StorageStartupException>(() => SqliteStorage.Open(new SqliteStorageOptions { Path = name }).Dispose());
            Assert.Contains("is in use", refusal.Message, StringComparison.Ordinal);
        }
        _database.Close();
        using (var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = link })) Assert.Equal(_database.Path, storage.Options.Path);
        Assert.Equal(3L, await _database.CountAsync("t"));
    }

    [Fact]
    public void Open_LinkThatLeadsNowhere_IsRefused()
    {
        File.CreateSymbolicLink(Crashed, Path.Combine(_folder, "unmounted", "pool.db"));

        var refusal = Assert.Throws<StorageStartupException>(() => Open().Dispose());
        Assert.Contains("which does not exist", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "unmounted")));
    }

    private SqliteStorage Open() => SqliteStorage.Open(new SqliteStorageOptions { Path = Crashed });

    private long Count()
    {
        using var reader = NativeConnection.Open(Crashed, readOnly: true, TimeSpan.Zero);
        return reader.QueryInteger("SELECT count(*) FROM t");
    }

    private async Task AddAsync(int rows)
    {
        await ExecuteAsync("CREATE TABLE IF NOT EXISTS t (v INTEGER PRIMARY KEY, filler)");
        for (var i = 0; i < rows; i++) await ExecuteAsync("INSERT INTO t (filler) VALUES (randomblob(600))");
    }

    private Task ExecuteAsync(string sql) => _database.ExecuteAsync(sql);

    private async Task BackUpAsync(string kind)
    {
        switch (kind)
        {
            case "backup":
                CopyBySqlite(_database.Path, Backup);
                break;
            case "backup of a backup":
                CopyBySqlite(_database.Path, Backup + ".first");
                CopyBySqlite(Backup + ".first", Backup);
                break;
            case "vacuum":
                using (var source = _database.OpenBeside()) source.Execute($"VACUUM INTO '{Backup}'");
                break;
            case "copy after a stop":
                _database.Close();
                File.Copy(_database.Path, Backup);
                break;
            case "copy of the file while it was served":
                using (var other = _database.OpenBeside()) other.Execute("PRAGMA wal_checkpoint(RESTART)");
                await ShellAsync($"cp '{_database.Path}' '{Backup}'");
                // As after a second without writes. Until then the copy is, byte for byte, what the server's own file is.
                await AddAsync(1);
                using (var other = _database.OpenBeside()) other.Execute("PRAGMA wal_checkpoint(RESTART)");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <summary>Leaves the files as a killed server does.</summary>
    private async Task CrashAsync() => await ShellAsync(
        $"cp '{_database.Path}' '{Crashed}'; rm -f '{Crashed}-wal' '{Crashed}-shm'; cp '{_database.Path}-wal' '{Crashed}-wal'");

    /// <summary>As <c>cp</c> does: the file stays, its content is another.</summary>
    private static void Overwrite(string from, string to) => File.WriteAllBytes(to, File.ReadAllBytes(from));

    private static void CopyBySqlite(string from, string to)
    {
        using var source = NativeConnection.Open(from, readOnly: false, TimeSpan.Zero);
        using var target = NativeConnection.Open(to, readOnly: false, TimeSpan.Zero);
        using var backup = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main");
        Assert.Equal(raw.SQLITE_DONE, raw.sqlite3_backup_step(backup, -1));
    }

    private static async Task ShellAsync(string script)
    {
        using var shell = System.Diagnostics.Process.Start("sh", ["-euc", script]);
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }
}
