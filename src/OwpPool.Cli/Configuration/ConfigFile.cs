using System.Text.Json;

namespace OwpPool.Cli.Configuration;

/// <summary>The file that holds an <see cref="OwpConfig"/>. It holds tokens, so nobody but its owner may read it (mode 600).</summary>
internal sealed class ConfigFile(string path, Action<string> warn)
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    public string Path => path;

    /// <summary>Where it is: as given, else in the folder of the XDG base directory specification.</summary>
    public static string PathOf(string? given, Func<string, string?> variable)
    {
        if (given is not null) return System.IO.Path.GetFullPath(given);
        // The specification has relative ones ignored.
        if (variable("XDG_CONFIG_HOME") is not { } folder || !System.IO.Path.IsPathRooted(folder))
        {
            var home = variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            folder = System.IO.Path.Combine(home, ".config");
        }
        return System.IO.Path.Combine(folder, "owp-pool", "config.json");
    }

    /// <summary>What it holds; empty where there is none.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public OwpConfig Read()
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            WarnOfReaders();
            return JsonSerializer.Deserialize(file, ConfigJson.Default.OwpConfig) ?? new OwpConfig();
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return new OwpConfig();
        }
        catch (JsonException failure)
        {
            throw new UsageException($"{path}:{failure.LineNumber + 1}: is not a configuration of owp: {failure.Message} "
                + "Mend it, or name another file with --config.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {failure.Message}");
        }
    }

    /// <summary>The mode bits by which others than the owner get at it; none where there is no such file, or no such modes.</summary>
    public UnixFileMode OpenToOthers() =>
        OperatingSystem.IsWindows() || !File.Exists(path) ? UnixFileMode.None : File.GetUnixFileMode(path) & Others;

    /// <summary>Finds out whether it could be changed, before something is done that has to be kept in it.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public async Task RequireWritableAsync(CancellationToken ct)
    {
        await using var held = await HoldAsync(ct);
    }

    /// <summary>Changes it as nobody else does at the same time; others see the old content or the new.</summary>
    /// <param name="change">May be given another content than was read before: it says what becomes of that.</param>
    /// <exception cref="UsageException">It cannot be read or written.</exception>
    public async Task<OwpConfig> ChangeAsync(Func<OwpConfig, OwpConfig> change, CancellationToken ct)
    {
        await using var held = await HoldAsync(ct);
        try
        {
            var changed = change(Read());
            Replace(Target, JsonSerializer.SerializeToUtf8Bytes(changed, ConfigJson.Default.OwpConfig));
            return changed;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(failure);
        }
    }

    /// <summary>What a link leads to is changed, not the link.</summary>
    private string Target => File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;

    private UsageException NotWritable(Exception failure) => new(
        $"{path} cannot be written: {failure.Message} Name another file with --config.");

    private async Task<FileStream> HoldAsync(CancellationToken ct)
    {
        try
        {
            CreateFolder(System.IO.Path.GetDirectoryName(Target)!);
            return await LockAsync(Target + ".lock", ct);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(failure);
        }
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerFile | UnixFileMode.UserExecute);
    }

    private static async Task<FileStream> LockAsync(string path, CancellationToken ct)
    {
        for (var waited = TimeSpan.Zero; ; waited += LockPause)
        {
            try
            {
                return Open(path, FileMode.OpenOrCreate);
            }
            catch (IOException) when (waited < LockPatience && File.Exists(path))
            {
                await Task.Delay(LockPause, ct);
            }
        }
    }

    private static void Replace(string path, byte[] content)
    {
        // Under the lock nobody else has this name; one that a crash has left is written over.
        var next = path + ".new";
        File.Delete(next);
        using (var file = Open(next, FileMode.CreateNew))
        {
            file.Write(content);
            file.WriteByte((byte)'\n');
            file.Flush(flushToDisk: true);
        }
        File.Move(next, path, overwrite: true);
    }

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerFile;
        return new FileStream(path, options);
    }

    private void WarnOfReaders()
    {
        if (OpenToOthers() != UnixFileMode.None)
            warn($"{path} holds tokens and others of this machine may use it; run: chmod 600 '{path}'");
    }
}
