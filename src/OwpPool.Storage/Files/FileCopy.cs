using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OwpPool.Storage.Files;

/// <summary>Copies of files that are on the disk when they are said to be.</summary>
internal static partial class FileCopy
{
    /// <summary>Copies a file for its owner alone, whole or not at all; one that is there is replaced.</summary>
    public static void Make(string from, string to)
    {
        var draft = to + ".new";
        MakeDraft(from, draft);
        File.Move(draft, to, overwrite: true);
        SyncFolderOf(to);
    }

    /// <summary>Copies a file for its owner alone; a crash may leave a part of it.</summary>
    public static void MakeDraft(string from, string draft)
    {
        // One that was left there keeps its mode, whatever that is.
        File.Delete(draft);
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var target = OwnerOnly.Open(draft, FileShare.None);
        source.CopyTo(target);
        target.Flush(flushToDisk: true);
    }

    /// <summary>Waits until the content of a file is on the disk.</summary>
    public static void Sync(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Waits until the names in the file's folder are on the disk.</summary>
    public static void SyncFolderOf(string path)
    {
        // Windows brings names to the disk by itself.
        if (OperatingSystem.IsWindows()) return;
        using var folder = new SafeFileHandle(OpenFolder(Path.GetDirectoryName(Path.GetFullPath(path))!, flags: 0), ownsHandle: true);
        if (folder.IsInvalid) throw new IOException($"Cannot open the folder of {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        if (Flush(folder) != 0) throw new IOException($"Cannot write the folder of {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(SafeFileHandle file);
}
