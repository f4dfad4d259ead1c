using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Storage.Files;

/// <summary>One numbered script of <c>sql/sqlite</c>.</summary>
/// <param name="Version">The number its name starts with; the order of application.</param>
/// <param name="Name">The file's name without number and ending.</param>
/// <param name="Sql">The script; line ends are always <c>\n</c>.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    private const string Prefix = "sqlite/";
    private const string Suffix = ".sql";

    /// <summary>Checksums of earlier texts that differed from today's in their comments only, with the version they belong to.</summary>
    private static readonly FrozenDictionary<string, int> Superseded = new Dictionary<string, int>
    {
        ["6d3b10bb6fad5b0b772094171e823c2e89bf7f2b73b3f463f57327cf9ae63b55"] = 1,
        ["ab770e1256f48930cc1246cdaf13a3ad5a1ec73622343f76db27c345d7e951b2"] = 2,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>SHA-256 of the script in lower-case hex: the same on every platform a repository is checked out on.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>Whether a database with this checksum has had this script, or one that did the same.</summary>
    public bool Matches(string checksum) =>
        checksum == Checksum || (Superseded.TryGetValue(checksum, out var version) && version == Version);

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
