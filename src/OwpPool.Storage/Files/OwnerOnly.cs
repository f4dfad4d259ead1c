namespace OwpPool.Storage.Files;

/// <summary>Files that nobody but the owner may read or write: mode 600, whatever the umask says. Tasks and logs are not for every user of
/// the machine, and whoever can open the lock can hold it.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode File600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Folder700 = File600 | UnixFileMode.UserExecute;

    /// <summary>Makes a folder, if it is missing, for the owner alone. Its parents are made as the umask says.</summary>
    public static void MakeFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent)
            Directory.CreateDirectory(parent);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, Folder700);
    }

    /// <summary>Opens a file, which is made for the owner alone if it is missing.</summary>
    public static FileStream Open(string path, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File600;
        return new FileStream(path, options);
    }

    /// <summary>Takes a file that is there away from everybody else.</summary>
    /// <returns>False if the file belongs to somebody else, or lies where there are no modes: it stays as it is.</returns>
    public static bool TryClose(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path))
            return true;
        try
        {
            if (File.GetUnixFileMode(path) != File600)
                File.SetUnixFileMode(path, File600);
            return File.GetUnixFileMode(path) == File600;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
