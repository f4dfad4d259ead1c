using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace OwpPool.Storage.Files;

/// <summary>Keeps a second process (and a second storage in this one) off the database: an exclusive lock on a file beside it.</summary>
/// <remarks>The operating system lets go of it when the process ends, however it ends. The file stays: removing it would let two
/// processes lock two files of one name.</remarks>
internal sealed partial class ProcessLock : IDisposable
{
    private readonly FileStream _file;

    private ProcessLock(FileStream file) => _file = file;

    /// <exception cref="StorageStartupException">Another process holds the lock, or the file cannot be made.</exception>
    public static ProcessLock Take(string databasePath, TimeProvider time)
    {
        var path = databasePath + ".lock";
        FileStream file;
        try
        {
            // Windows lets others read what is opened so; elsewhere sharing nothing is what takes the lock.
            var share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;
            file = OwnerOnly.Open(path, share);
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            throw new StorageStartupException($"The database {databasePath} is in use: {ReadHolder(path)}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(databasePath, error);
        }

        try
        {
            var since = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            var text = $"locked by process {Environment.ProcessId} since {since}";
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes(text));
            return new ProcessLock(file);
        }
        catch (IOException error)
        {
            file.Dispose();
            throw CannotWrite(databasePath, error);
        }
    }

    public void Dispose() => _file.Dispose();

    internal static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ");

    private static StorageStartupException CannotWrite(string databasePath, Exception error)
        => IsDiskFull(error)
            ? new StorageStartupException($"The disk with the database {databasePath} is full.", error)
            : new StorageStartupException($"Cannot write beside the database {databasePath}: {OneLine(error)}", error);

    /// <summary>ERROR_DISK_FULL on Windows, elsewhere the errno ENOSPC.</summary>
    private static bool IsDiskFull(Exception error) => error.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);

    /// <summary>A sharing violation; elsewhere than on Windows the exception carries the errno EWOULDBLOCK, 11 on Linux, 35 on macOS.
    /// </summary>
    private static bool IsHeldByAnother(IOException error)
        => error.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    /// <summary>What the holder wrote, which may not be there yet.</summary>
    private static string ReadHolder(string path)
    {
        using var handle = OpenPastLock(path);
        var buffer = new byte[200];
        var length = handle.IsInvalid ? 0 : RandomAccess.Read(handle, buffer, 0);
        return length > 0 ? Encoding.UTF8.GetString(buffer, 0, length) : "locked by another process";
    }

    /// <summary>Opens the file for reading without .NET's own advisory lock, which the holder's lock would refuse.</summary>
    private static SafeFileHandle OpenPastLock(string path)
    {
        if (!OperatingSystem.IsWindows())
            return new SafeFileHandle(OpenReadOnly(path, flags: 0), ownsHandle: true);
        return File.Exists(path)
            ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
            : new SafeFileHandle();
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint OpenReadOnly(string path, int flags);
}
