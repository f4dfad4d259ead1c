using System.Security.Cryptography;

namespace OwpPool.Server.Hosting.Access;

/// <summary>A key of the pool's own, in a file beside the database that only its owner can read: a copy of the database alone opens nothing.
/// </summary>
internal static class KeyFile
{
    /// <summary>Length of a key, in bytes.</summary>
    public const int Bytes = 32;

    /// <summary>The key of the file; the first call makes both.</summary>
    /// <exception cref="CryptographicException">The file holds something else.</exception>
    /// <exception cref="IOException">It cannot be read or written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static byte[] ReadOrMake(string path)
    {
        if (File.Exists(path))
        {
            var key = new byte[Bytes];
            if (Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) && length == Bytes) return key;
            throw new CryptographicException($"The key {path} is damaged.");
        }
        var made = RandomNumberGenerator.GetBytes(Bytes);
        OwnerFile.Write(path, Convert.ToBase64String(made));
        return made;
    }
}
