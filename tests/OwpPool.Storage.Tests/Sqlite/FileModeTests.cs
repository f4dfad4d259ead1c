using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Sqlite;

/// <summary>Tasks and logs are not for every user of the machine (threats L3).</summary>
public sealed class FileModeTests : IAsyncDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly string[] Suffixes = ["", "-wal", "-shm", ".lock"];

    private readonly TempDatabase _database = new();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Open_NewFile_IsTheOwnersAndSoIsAllBesideIt()
    {
        if (OperatingSystem.IsWindows()) return;
        await _database.ExecuteAsync("CREATE TABLE x (y)");
        foreach (var suffix in Suffixes) Assert.Equal((suffix, Owner), (suffix, File.GetUnixFileMode(_database.Path + suffix)));
        Assert.Empty(_database.Storage.OpenToOthers);
    }

    [Fact]
    public async Task Open_FilesThatWereForEverybody_AreTheOwnersFromThen()
    {
        if (OperatingSystem.IsWindows()) return;
        await _database.ExecuteAsync("CREATE TABLE x (y)");
        // As a server of before, killed, leaves them: the log with commits in it.
        var copy = _database.Path + ".copy.db";
        foreach (var suffix in new[] { "", "-wal" }) File.Copy(_database.Path + suffix, copy + suffix);
        File.WriteAllText(copy + ".lock", "");
        foreach (var suffix in new[] { "", "-wal", ".lock" }) File.SetUnixFileMode(copy + suffix, Everybody);

        using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = copy });

        foreach (var suffix in Suffixes) Assert.Equal((suffix, Owner), (suffix, File.GetUnixFileMode(copy + suffix)));
    }

    [Fact]
    public void Open_FolderIsMissing_IsMadeForTheOwnerAndOneThatIsThereStaysAsItIs()
    {
        if (OperatingSystem.IsWindows()) return;
        var there = Directory.CreateDirectory(_database.Path + ".there", Everybody | UnixFileMode.UserExecute | UnixFileMode.OtherExecute).FullName;
        File.SetUnixFileMode(there, Everybody | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        var missing = Path.Combine(there, "var");

        using (SqliteStorage.Open(new SqliteStorageOptions { Path = Path.Combine(missing, "pool.db") }))
            Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(missing));
        Assert.Equal(Everybody | UnixFileMode.UserExecute | UnixFileMode.OtherExecute, File.GetUnixFileMode(there));
    }
}
