namespace OwpPool.Cli.Run;

/// <summary>Folders that only their owner may look into.</summary>
internal static class RunFolder
{
    /// <summary>Makes it, and what is missing above it.</summary>
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
