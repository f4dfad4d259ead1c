using System.Security.Cryptography;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting.Access;

/// <summary>Keeps the hash of the admin token that the server made, in a file beside the database that only its owner can read. Delete
/// the file to have a new token made.</summary>
public static class AdminTokenFile
{
    /// <summary>What follows the database's name.</summary>
    public const string Suffix = ".admin-token-hash";

    /// <summary>Sets up the token: the one of the settings, else the one whose hash is kept, else a new one. The database must be locked
    /// by this process.</summary>
    /// <returns>The new token, to be shown only once; null if none was made.</returns>
    /// <exception cref="StorageStartupException">The file cannot be read or written.</exception>
    public static string? SetUp(AdminToken admin, string? configured, string databasePath)
    {
        if (!string.IsNullOrEmpty(configured))
        {
            admin.Use(AdminToken.HashOf(configured));
            return null;
        }
        var path = databasePath + Suffix;
        try
        {
            if (Read(path) is { } hash)
            {
                admin.Use(hash);
                return null;
            }
            var token = AdminToken.Make();
            OwnerFile.Write(path, Convert.ToBase64String(AdminToken.HashOf(token)));
            admin.Use(AdminToken.HashOf(token));
            return token;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException($"The admin token's hash {path} cannot be kept: {fault.Message.ReplaceLineEndings(" ")}", fault);
        }
    }

    private static byte[]? Read(string path)
    {
        if (!File.Exists(path)) return null;
        var hash = new byte[SHA256.HashSizeInBytes];
        if (Convert.TryFromBase64String(File.ReadAllText(path).Trim(), hash, out var length) && length == hash.Length) return hash;
        throw new StorageStartupException($"The admin token's hash {path} is damaged; delete the file to have a new token made.");
    }
}
