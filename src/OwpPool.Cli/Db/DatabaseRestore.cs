using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using OwpPool.Storage;
using OwpPool.Storage.Files;

namespace OwpPool.Cli.Db;

/// <summary>Puts a backup in the place of a pool's database. What is there now is kept under another name, with its log, and never deleted.
/// </summary>
/// <remarks>At each moment there is either the whole old database under its name or the whole backup: a crash between two steps leaves at
/// most the old log beside the backup, which the server then sets aside.</remarks>
internal sealed class DatabaseRestore(TimeProvider time)
{
    /// <summary>Files that SQLite keeps beside a database.</summary>
    private static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    /// <summary>Checks the backup and puts it there.</summary>
    /// <exception cref="UsageException">The backup is not whole, not a pool's, or too new; or a server has the database open; nothing was
    /// changed.</exception>
    public DatabaseCopy Run(string backup, string database)
    {
        try
        {
            var target = DatabaseFiles.Resolve(Path.GetFullPath(database));
            RequireBackup(backup, target);
            OwnerOnly.MakeFolder(Path.GetDirectoryName(target)!);
            using var processLock = ProcessLock.Take(target, time);
            using var guard = File.Exists(target) ? DatabaseGuard.Take(target) : null;
            return PutInPlace(backup, target);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new UsageException($"The restore of {backup} failed: {failure.Message}");
        }
        catch (StorageStartupException failure)
        {
            throw new UsageException($"{failure.Message} A server must be stopped before its database is restored.");
        }
    }

    private DatabaseCopy PutInPlace(string backup, string target)
    {
        var draft = target + ".restore";
        try
        {
            FileCopy.MakeDraft(backup, draft);
            var facts = Check(backup, draft);
            var aside = Exchange(draft, target);
            return DatabaseCopy.Of(target, facts, PutKeysInPlace(backup, target, aside), File.Exists(aside) ? aside : null);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static void RequireBackup(string backup, string target)
    {
        var header = DatabaseFacts.HeaderOf(backup);
        if (Path.GetFullPath(backup) == target) throw new UsageException($"{backup} is the database itself.");
        if (DatabaseFiles.HasContent(backup + "-wal") || DatabaseFiles.HasContent(backup + "-journal"))
            throw new UsageException($"{backup} has a log beside it, so it is a database that was in use and not a backup. Make one of it: "
                + $"owp db backup --db {backup} FILE");
        var length = new FileInfo(backup).Length;
        if (length < header.Length)
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"{backup} is damaged: it is cut short, {length} of {header.Length} bytes."));
    }

    /// <summary>Looks at every page of what is about to be the database, and gives it a mark that no log has.</summary>
    private static DatabaseFacts Check(string backup, string draft)
    {
        DatabaseFacts facts;
        using (var copy = DatabaseFacts.Open(draft, SqliteOpenMode.ReadWrite))
        {
            facts = DatabaseFacts.Read(copy, backup);
            if (facts.Schema > DatabaseFacts.NewestSchema)
                throw new UsageException($"{backup} has schema version {facts.Schema}; this program knows versions up to "
                    + $"{DatabaseFacts.NewestSchema}. Use a newer owp and a newer server.");
            DatabaseFacts.Text(copy, "PRAGMA journal_mode = DELETE");
            var mark = RandomNumberGenerator.GetInt32(LogStamp.LeastMark, LogStamp.LargestMark);
            DatabaseFacts.Text(copy, string.Create(CultureInfo.InvariantCulture, $"PRAGMA schema_version = {mark}"));
        }
        FileCopy.Sync(draft);
        return facts;
    }

    /// <returns>The name of what was there before, and of its log.</returns>
    private string Exchange(string draft, string target)
    {
        var aside = DatabaseFiles.Aside(target, time);
        // Gives what is there its second name before the backup takes the first.
        if (File.Exists(target)) File.Replace(draft, target, aside);
        else File.Move(draft, target);
        FileCopy.SyncFolderOf(target);
        foreach (var companion in Companions.Where(companion => File.Exists(target + companion)))
            File.Move(target + companion, aside + companion);
        FileCopy.SyncFolderOf(target);
        return aside;
    }

    private static List<string> PutKeysInPlace(string backup, string target, string aside)
    {
        List<string> keys = [];
        foreach (var suffix in DatabaseFiles.Keys.Where(suffix => File.Exists(backup + suffix)))
        {
            if (File.Exists(target + suffix) && !File.ReadAllBytes(target + suffix).SequenceEqual(File.ReadAllBytes(backup + suffix)))
                FileCopy.Make(target + suffix, aside + suffix);
            FileCopy.Make(backup + suffix, target + suffix);
            keys.Add(target + suffix);
        }
        return keys;
    }
}
