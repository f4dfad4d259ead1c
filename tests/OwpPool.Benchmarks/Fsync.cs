using System.Diagnostics;

namespace OwpPool.Benchmarks;

/// <summary>What the disk can do by itself.</summary>
internal static class Fsync
{
    private const int PageBytes = 4096;

    /// <summary>Appends of one page, each flushed to the device, a second.</summary>
    public static double RatePerSecond(string folder, TimeSpan length)
    {
        var page = new byte[PageBytes];
        using var file = new FileStream(Path.Combine(folder, "fsync"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var clock = Stopwatch.StartNew();
        var count = 0;
        for (; clock.Elapsed < length; count++)
        {
            file.Write(page);
            file.Flush(flushToDisk: true);
        }
        return count / clock.Elapsed.TotalSeconds;
    }
}
