using System.Diagnostics;

namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>A disk of its own for a test, to be filled up, broken and unplugged: a file system in memory, or ext4 on a device whose bytes
/// are in memory.</summary>
internal sealed class ScratchDisk : IAsyncDisposable
{
    private static readonly Lazy<string?> MemoryFault = new(() => Try(() => new ScratchDisk(1)));
    private static readonly Lazy<string?> DeviceFault = new(() => Try(() => new ScratchDisk(4, isDevice: true)));

    private readonly string _base = Directory.CreateTempSubdirectory("owp-disk-").FullName;
    private readonly bool _isDevice;

    /// <param name="megabytes">How much fits.</param>
    /// <param name="isDevice">ext4 on a device, which can also fail, turn read-only and lose its power.</param>
    public ScratchDisk(int megabytes, bool isDevice = false)
    {
        _isDevice = isDevice;
        Directory.CreateDirectory(Path);
        try
        {
            if (!isDevice)
            {
                Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Path);
                return;
            }
            Directory.CreateDirectory(Backing);
            // Room for the image and for its copy at a power cut.
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes * 3}m", "tmpfs", Backing);
            using (var image = File.Create(Image)) image.SetLength(megabytes * 1024L * 1024);
            Run("mkfs.ext4", "-q", "-F", Image);
            Mount();
        }
        catch
        {
            Clear();
            throw;
        }
    }

    /// <summary>Why a file system in memory cannot be made here; null = it can.</summary>
    public static string? WhyNoMemory => MemoryFault.Value;

    /// <summary>Why a device cannot be made here; null = it can.</summary>
    public static string? WhyNoDevice => DeviceFault.Value;

    /// <summary>Where it is mounted.</summary>
    public string Path => System.IO.Path.Combine(_base, "disk");

    private string Backing => System.IO.Path.Combine(_base, "backing");

    private string Image => System.IO.Path.Combine(Backing, "image");

    private string Filler => System.IO.Path.Combine(_isDevice ? Backing : Path, "filler");

    /// <summary>Takes all room that is left; of a device, the room for what was never written, so that writing it fails late, at the flush.
    /// </summary>
    public void Fill()
    {
        using var file = File.OpenHandle(Filler, FileMode.OpenOrCreate, FileAccess.Write);
        var block = new byte[4096];
        try
        {
            for (var offset = RandomAccess.GetLength(file); ; offset += block.Length) RandomAccess.Write(file, block, offset);
        }
        catch (IOException)
        {
            // Full: that is what was wanted.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Filler);

    /// <summary>What ext4 does when it meets an error: no more writes, for anybody, whatever is open.</summary>
    public void TurnReadOnly() => Run("mount", "-o", "remount,abort", Path);

    /// <summary>Keeps what is on the device at this instant; what is only in memory is not in it.</summary>
    public void CutPower() => File.Copy(Image, Image + ".cut");

    /// <summary>Continues with what was on the device when the power was cut. Nobody may have a file open.</summary>
    public void PlugInAgain()
    {
        Run("umount", Path);
        File.Move(Image + ".cut", Image, overwrite: true);
        Mount();
    }

    /// <summary>What an operator does with a broken file system: take it off, mend it, mount it. Nobody may have a file open.</summary>
    public void Repair()
    {
        Run("umount", Path);
        // Exit code 1: errors were found and corrected.
        Run(static code => code <= 1, "e2fsck", "-fy", Image);
        Mount();
    }

    public ValueTask DisposeAsync()
    {
        Clear();
        return ValueTask.CompletedTask;
    }

    private void Mount() => Run("mount", "-o", "loop", Image, Path);

    private void Clear()
    {
        foreach (var mount in new[] { Path, Backing })
            if (Directory.Exists(mount)) Run(static _ => true, "umount", "-l", mount);
        Directory.Delete(_base, recursive: true);
    }

    private static string? Try(Func<ScratchDisk> make)
    {
        try
        {
            make().Clear();
            return null;
        }
        catch (Exception fault) when (fault is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return fault.Message;
        }
    }

    private static void Run(string program, params string[] arguments) => Run(static code => code == 0, program, arguments);

    private static void Run(Func<int, bool> isGood, string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (!isGood(process.ExitCode))
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {process.ExitCode} {errors}{said.Result}");
    }
}
