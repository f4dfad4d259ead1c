using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Storage.Schema;

/// <summary>One numbered script of <c>sql/sqlite</c>.</summary>
/// <param name="Version">The number its name starts with; the order of application.</param>
/// <param name="Name">The file's name without number and ending.</param>
/// <param name="Sql">The script; line ends are always <c>\n</c>.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    private const string Prefix = "sqlite/";
    private const string Suffix = ".sql";

    /// <summary>SHA-256 of the script in lower-case hex: the same on every platform a repository is checked out on.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>The scripts built into this program, in order.</summary>
    public static IReadOnlyList<Migration> Embedded { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(Read)
            .OrderBy(migration => migration.Version)];

    private static Migration Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        var file = resource[Prefix.Length..^Suffix.Length];
        var separator = file.IndexOf('_', StringComparison.Ordinal);
        return new Migration(
            int.Parse(file[..separator], CultureInfo.InvariantCulture), file[(separator + 1)..], reader.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
