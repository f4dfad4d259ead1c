using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace OwpPool.Cli.Run;

/// <summary>Signals for whole process groups: what a command has started ends with it.</summary>
internal static class ProcessGroups
{
    private const int Kill = 9;
    private const int Terminate = 15;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    // A process that hangs in the kernel takes no signal; nothing waits for it for ever.
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    /// <summary>TERM, and after the grace KILL.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public static async Task<bool> EndAsync(int group, TimeSpan grace, TimeProvider time)
    {
        if (!IsAlive(group)) return true;
        Signal(group, Terminate);
        // A stopped process would not hear it.
        Signal(group, ContinueNumber);
        if (await IsGoneWithinAsync(group, grace, time)) return true;
        Signal(group, Kill);
        return await IsGoneWithinAsync(group, KillLimit, time);
    }

    /// <summary>Whether any process of the group lives. One that is dead and that nobody has asked for its exit code does not.</summary>
    public static bool IsAlive(int group)
    {
        if (!Signal(group, 0)) return false;
        return !OperatingSystem.IsLinux() || Members(group).Any();
    }

    /// <summary>Whether a group is that of a lease, and not one that the system has given its number since.</summary>
    /// <param name="group">Its number.</param>
    /// <param name="leaseKey">What the command was told in <see cref="ChildEnvironment.LeaseVariable"/>.</param>
    /// <param name="startMark">Of the group's leader, from <see cref="StartMarkOf"/>; used where other processes' variables cannot be
    /// read.</param>
    public static bool IsOf(int group, string leaseKey, string? startMark)
    {
        if (!OperatingSystem.IsLinux()) return startMark is not null && StartMarkOf(group) == startMark;
        var mark = Encoding.UTF8.GetBytes($"{ChildEnvironment.LeaseVariable}={leaseKey}\0");
        return Members(group).Any(id => VariablesOf(id).AsSpan().IndexOf(mark) >= 0);
    }

    /// <summary>When a process was started, in the system's own words; null where that is not needed or not known.</summary>
    public static string? StartMarkOf(int id)
    {
        if (OperatingSystem.IsLinux()) return null;
        using var ps = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "ps", ["-o", "lstart=", "-p", id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        var mark = ps.StandardOutput.ReadToEnd().Trim();
        ps.WaitForExit();
        return mark.Length == 0 ? null : mark;
    }

    private static async Task<bool> IsGoneWithinAsync(int group, TimeSpan limit, TimeProvider time)
    {
        // Looks are counted, and not the time: while this process was stopped, the others may have been so too.
        for (var looked = TimeSpan.Zero; IsAlive(group); looked += Look)
        {
            if (looked >= limit) return false;
            await Task.Delay(Look, time);
        }
        return true;
    }

    private static IEnumerable<int> Members(int group)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && IsMember(id, group))
                yield return id;
        }
    }

    private static bool IsMember(int id, int group)
    {
        // "pid (name) state parent group …", where the name may hold anything.
        var stat = Encoding.UTF8.GetString(ReadOf(id, "stat"));
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 2 && fields[0] is not ("Z" or "X")
            && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var its) && its == group;
    }

    private static byte[] VariablesOf(int id) => [.. ReadOf(id, "environ"), 0];

    private static byte[] ReadOf(int id, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{id}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Ended while it was looked at, or another user's.
            return [];
        }
    }

    private static bool Signal(int group, int signal) => kill(-group, signal) == 0;

    private static int ContinueNumber => OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? 19 : 18;

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int id, int signal);
}
