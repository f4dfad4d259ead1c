using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OwpPool.Storage.Files;

/// <summary>Holds the database's file itself: for one process, whatever name it is opened by, and knows when it is overwritten.</summary>
/// <remarks>Close it last: closing any handle of the file drops the locks that SQLite has on it in this process.</remarks>
internal sealed partial class DatabaseGuard : IDisposable
{
    private const int SetOwnLock = 37;
    private const short Exclusive = 1;
    private const short Unlocked = 2;
    private const int TryAgain = 11;
    private const int AccessDenied = 13;

    /// <summary>Beyond the bytes that SQLite locks, which are at 1 GiB.</summary>
    private const long LockedByte = 1L << 40;

    private readonly SafeFileHandle _file;
    private LogStamp _seen;
    private LogStamp? _given;

    private DatabaseGuard(SafeFileHandle file, LogStamp seen) => (_file, _seen) = (file, seen);

    /// <summary>Takes the file, which is there.</summary>
    /// <exception cref="StorageStartupException">Another process has it, perhaps by another name; or it cannot be written.</exception>
    public static DatabaseGuard Take(string path)
    {
        try
        {
            var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (TryLock(file)) return new DatabaseGuard(file, DatabaseHeader.Read(file)?.Stamp ?? default);
            file.Dispose();
            throw new StorageStartupException($"The database {path} is in use: another process has opened it by another name.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException($"The database {path} cannot be written: {ProcessLock.OneLine(error)}", error);
        }
    }

    /// <summary>Whether the file is still the one that was opened: nobody has copied another one over it.</summary>
    public bool IsInPlace()
    {
        // Another program may be copying the log into the database between the two looks, once.
        return Look() || Look();
    }

    /// <summary>The server has given the database this mark: from the next copy of the log on it is in the file.</summary>
    public void Expect(LogStamp stamp) => (_seen, _given) = (DatabaseHeader.Read(_file)?.Stamp ?? default, stamp);

    public void Dispose()
    {
        // A child process that is just being started has a copy of the handle until exec. Closing ours would leave the lock with that copy.
        if (OperatingSystem.IsLinux() && !_file.IsClosed) Lock(_file, Unlocked);
        _file.Dispose();
    }

    private bool Look()
    {
        if (DatabaseHeader.Read(_file)?.Stamp is not { } stamp) return false;
        var isKnown = _seen.LeadsTo(stamp.Mark) || (_given is { } given && given.LeadsTo(stamp.Mark));
        // The number of the last commit in the file only grows.
        if (!isKnown || unchecked(stamp.Commit - _seen.Commit) < 0) return false;
        _seen = stamp;
        return true;
    }

    private static bool TryLock(SafeFileHandle file)
    {
        // Elsewhere there are no locks that belong to a handle: there only the lock beside the file counts.
        if (!OperatingSystem.IsLinux()) return true;
        // Any other error means that the file system has no such locks. Then, too, only the lock beside the file counts.
        return Lock(file, Exclusive) == 0 || Marshal.GetLastPInvokeError() is not (TryAgain or AccessDenied);
    }

    private static int Lock(SafeFileHandle file, short type)
    {
        var range = new LockRange { Type = type, Start = LockedByte, Length = 1 };
        return Control(file, SetOwnLock, ref range);
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, ref LockRange range);

    /// <summary>The kernel's <c>struct flock</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LockRange
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }
}
