using System.Globalization;
using System.Runtime.InteropServices;
using OwpPool.Storage.Files;

namespace OwpPool.Storage.Tests.Sqlite;

/// <summary>The database's file is for one process, and free as soon as that one lets go of it.</summary>
public sealed partial class DatabaseGuardTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Take_FileThatIsHeld_IsRefusedUntilItIsLetGo()
    {
        if (!OperatingSystem.IsLinux()) return;
        using (DatabaseGuard.Take(_path))
            Assert.Contains("in use", Assert.Throws<StorageStartupException>(() => DatabaseGuard.Take(_path)).Message, StringComparison.Ordinal);

        DatabaseGuard.Take(_path).Dispose();
    }

    /// <summary>As a child process has the handle between its beginning and the program that it becomes.</summary>
    [Fact]
    public void Take_HandleLeftWithAChild_IsFreeAllTheSame()
    {
        if (!OperatingSystem.IsLinux()) return;
        int copy;
        using (DatabaseGuard.Take(_path)) copy = Duplicate(HandleOf(_path));
        try
        {
            DatabaseGuard.Take(_path).Dispose();
        }
        finally
        {
            Assert.Equal(0, Close(copy));
        }
    }

    private static int HandleOf(string path)
    {
        // Other tests close theirs meanwhile: then there is no link any more.
        var link = Directory.EnumerateFiles("/proc/self/fd").First(link => new FileInfo(link).LinkTarget == path);
        return int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture);
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
