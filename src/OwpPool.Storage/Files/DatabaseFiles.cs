using System.Globalization;

namespace OwpPool.Storage.Files;

/// <summary>The names of a database and of the files that SQLite and the pool keep beside it.</summary>
internal static class DatabaseFiles
{
    /// <summary>Keys and hashes that belong to a database and are not in it.</summary>
    public static readonly IReadOnlyList<string> Keys = [".token-key", ".webhook-key", ".admin-token-hash"];

    /// <summary>Follows a symbolic link, for SQLite does: what stands beside the database stands beside the file and not beside its name.
    /// </summary>
    /// <exception cref="StorageStartupException">The link leads nowhere.</exception>
    public static string Resolve(string path)
    {
        try
        {
            if (File.ResolveLinkTarget(path, returnFinalTarget: true) is not { } target) return path;
            if (target.Exists) return target.FullName;
            throw new StorageStartupException(
                $"The database {path} is a link to {target.FullName}, which does not exist. Mount or restore it, or set OWP_DB_PATH to the file.");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Not there yet, and so no link.
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException($"Cannot read the database {path}: {ProcessLock.OneLine(error)}", error);
        }
    }

    /// <summary>A name beside the database under which something that is no longer its own is kept, such as
    /// <c>pool.db.aside-20260301T120000Z</c>. Nothing is ever overwritten.</summary>
    public static string Aside(string path, TimeProvider time)
    {
        var dated = $"{path}.aside-{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        var name = dated;
        for (var i = 2; File.Exists(name) || File.Exists(name + "-wal"); i++)
            name = string.Create(CultureInfo.InvariantCulture, $"{dated}-{i}");
        return name;
    }

    /// <summary>Whether the file is there and not empty.</summary>
    public static bool HasContent(string path) => File.Exists(path) && new FileInfo(path).Length > 0;
}
