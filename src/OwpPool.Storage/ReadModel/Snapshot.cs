using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Several queries that see the same state of the database.</summary>
internal static class Snapshot
{
    private static readonly SqlText Begin = new("BEGIN");
    private static readonly SqlText End = new("COMMIT");

    /// <summary>Runs the reads as of one instant. Keep it short: the log cannot be copied into the database past that instant.</summary>
    public static T Read<T>(NativeConnection connection, Func<NativeConnection, T> read)
    {
        connection.Execute(Begin);
        try
        {
            return read(connection);
        }
        finally
        {
            connection.Execute(End);
        }
    }
}
