using System.Globalization;

namespace OwpPool.Server.Tests.Support;

/// <summary>What a process listens on, as Linux tells it.</summary>
public static class OpenSockets
{
    private const string Listening = "0A";
    private const int AcceptsConnections = 0x10000;

    /// <summary>The ports of the process's listening TCP sockets and of its UDP sockets, on whichever address.</summary>
    public static IReadOnlyList<int> PortsOf(int process)
    {
        var own = InodesOf(process);
        return
        [
            .. new[] { "tcp", "tcp6" }.SelectMany(table => RowsOf(process, table)).Where(row => row[3] == Listening)
                .Concat(new[] { "udp", "udp6" }.SelectMany(table => RowsOf(process, table)))
                .Where(row => own.Contains(row[9]))
                .Select(row => int.Parse(row[1][(row[1].IndexOf(':', StringComparison.Ordinal) + 1)..], NumberStyles.HexNumber, null)),
        ];
    }

    /// <summary>The names of the process's listening UNIX sockets.</summary>
    public static IReadOnlyList<string> UnixSocketsOf(int process)
    {
        var own = InodesOf(process);
        return
        [
            .. RowsOf(process, "unix")
                .Where(row => (int.Parse(row[3], NumberStyles.HexNumber, null) & AcceptsConnections) != 0 && own.Contains(row[6]))
                .Select(row => row.ElementAtOrDefault(7) ?? ""),
        ];
    }

    private static IEnumerable<string[]> RowsOf(int process, string table) =>
        File.ReadAllLines($"/proc/{process}/net/{table}").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static HashSet<string> InodesOf(int process) =>
    [
        .. Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(file => new FileInfo(file).LinkTarget)
            .OfType<string>().Where(target => target.StartsWith("socket:[", StringComparison.Ordinal)).Select(target => target[8..^1]),
    ];
}
