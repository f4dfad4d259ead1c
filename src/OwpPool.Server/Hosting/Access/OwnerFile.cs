namespace OwpPool.Server.Hosting.Access;

/// <summary>A small file beside the database that only its owner can read.</summary>
internal static class OwnerFile
{
    /// <summary>Writes one line, whole or not at all: what is then shown or used must not be lost in a power cut.</summary>
    public static void Write(string path, string line)
    {
        var draft = path + ".new";
        // One that was left there keeps its mode, whatever that is.
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.WriteThrough };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, options))
        {
            using var writer = new StreamWriter(stream);
            writer.WriteLine(line);
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }
}
