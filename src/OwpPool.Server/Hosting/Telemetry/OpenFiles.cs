using System.Globalization;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>Files that the process has open, sockets included, as Linux tells it.</summary>
internal static class OpenFiles
{
    private const string LimitLine = "Max open files";

    /// <summary>How many; null where the system does not tell.</summary>
    public static int? Count => Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : null;

    /// <summary>How many it may have; null where there is no limit, or the system does not tell.</summary>
    public static int? Limit { get; } = File.Exists("/proc/self/limits") ? ParseLimit(File.ReadLines("/proc/self/limits")) : null;

    internal static int? ParseLimit(IEnumerable<string> limits) =>
        limits.FirstOrDefault(static line => line.StartsWith(LimitLine, StringComparison.Ordinal)) is { } found
            && int.TryParse(found[LimitLine.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture, out var limit)
                ? limit : null;
}
