using Microsoft.Data.Sqlite;
using OwpPool.Storage;
using OwpPool.Storage.Files;

namespace OwpPool.Cli.Db;

/// <summary>Copies a pool's database into one file, at one moment, also while a server has it open.</summary>
internal static class DatabaseBackup
{
    /// <summary>Makes the copy and looks at every page of it. It has its name when it is whole and on the disk.</summary>
    /// <exception cref="UsageException">The database cannot be copied, or the name is taken; nothing was changed.</exception>
    public static DatabaseCopy Take(string database, string target)
    {
        if (File.Exists(target) || Directory.Exists(target)) throw new UsageException($"{target} is there already; name a new file.");
        var draft = target + ".part";
        try
        {
            var source = DatabaseFiles.Resolve(database);
            RequireOwnLog(source);
            Copy(source, draft);
            var facts = Finish(draft);
            List<string> keys = [];
            foreach (var suffix in DatabaseFiles.Keys.Where(suffix => File.Exists(source + suffix)))
            {
                FileCopy.Make(source + suffix, target + suffix);
                keys.Add(target + suffix);
            }
            File.Move(draft, target);
            FileCopy.SyncFolderOf(target);
            return DatabaseCopy.Of(target, facts, keys);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SqliteException or StorageStartupException)
        {
            throw new UsageException($"The backup of {database} failed: {failure.Message}");
        }
        finally
        {
            if (File.Exists(draft)) File.Delete(draft);
        }
    }

    /// <summary>SQLite would read the log of another database into the copy.</summary>
    private static void RequireOwnLog(string source)
    {
        // A server may checkpoint its log between the two reads, but not three times in a row.
        const int looks = 3;
        for (var look = 1; !WriteAheadLog.Read(source + "-wal").BelongsTo(DatabaseFacts.HeaderOf(source)); look++)
        {
            if (look == looks)
                throw new UsageException($"The log {source}-wal belongs to another database than {source}: a backup was copied over it. Start "
                    + "the server, which sets the log aside, or restore the backup with 'owp db restore'.");
        }
    }

    private static void Copy(string source, string draft)
    {
        // Where nobody has the file open it is read as it is: SQLite would make files beside it, and they would be this user's.
        var alone = !DatabaseFiles.HasContent(source + "-wal");
        CopyFrom(alone ? DatabaseFacts.Untouched(source) : source, draft);
        // A server that started meanwhile may have changed the file under the copy.
        if (alone && DatabaseFiles.HasContent(source + "-wal")) CopyFrom(source, draft);
    }

    private static void CopyFrom(string source, string draft)
    {
        File.Delete(draft);
        OwnerOnly.Open(draft, FileShare.ReadWrite).Dispose();
        using var from = DatabaseFacts.Open(source, SqliteOpenMode.ReadOnly);
        using var to = DatabaseFacts.Open(draft, SqliteOpenMode.ReadWrite);
        from.BackupDatabase(to);
    }

    private static DatabaseFacts Finish(string draft)
    {
        DatabaseFacts facts;
        using (var copy = DatabaseFacts.Open(draft, SqliteOpenMode.ReadWrite))
        {
            // A backup is one file: without a log, and without need of one to be read.
            DatabaseFacts.Text(copy, "PRAGMA journal_mode = DELETE");
            facts = DatabaseFacts.Read(copy, draft);
        }
        FileCopy.Sync(draft);
        return facts;
    }
}
