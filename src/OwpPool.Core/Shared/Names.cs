using System.Diagnostics.CodeAnalysis;
using OwpPool.Core.Text;

namespace OwpPool.Core.Shared;

/// <summary>Names as people write them, and the one form in which each is compared.</summary>
public static class Names
{
    /// <summary>Longest repo key, in characters.</summary>
    public const int MaxRepoKeyLength = 200;

    private static readonly System.Buffers.SearchValues<char> RepoCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-");

    /// <summary>Whether the text can name a repo: <c>name</c> or <c>owner/name</c> of letters, digits, dot, underscore and hyphen; no
    /// empty part, and no part that is only dots.</summary>
    public static bool IsRepoKey([NotNullWhen(true)] string? text) => PartsOf(text) is 1 or 2;

    /// <summary>Whether the text can name a repo on a known site: <c>owner/name</c>, or with its host or with nested groups before it.</summary>
    public static bool IsRepoPath([NotNullWhen(true)] string? text) => PartsOf(text) >= 2;

    private static int PartsOf(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaxRepoKeyLength) return 0;
        if (text.AsSpan().IndexOfAnyExcept(RepoCharacters) >= 0) return 0;
        var parts = text.Split('/');
        return Array.TrueForAll(parts, part => part.AsSpan().IndexOfAnyExcept('.') >= 0) ? parts.Length : 0;
    }

    /// <summary>The form in which repo keys are compared: lower case.</summary>
    public static string CanonicalRepo(string repo) => repo.ToLowerInvariant();

    /// <summary>The form in which skills are compared: trimmed, lower case, NFC. Blank becomes empty.</summary>
    public static string CanonicalSkill(string skill) => Folded(skill.Trim());

    /// <summary>The form in which areas are compared (protocol rule 5): trimmed, lower case, NFC, <c>\</c> as <c>/</c>, no leading <c>./</c>,
    /// no trailing <c>/</c>. Blank is null, and locks nothing.</summary>
    public static string? CanonicalArea(string? area)
    {
        var text = Folded(area?.Trim() ?? "").Replace('\\', '/');
        // Blanks are trimmed at every turn: what is cut off may have hidden one, and behind it more to cut.
        while (text.StartsWith("./", StringComparison.Ordinal)) text = text[2..].TrimStart();
        while (text.EndsWith('/')) text = text[..^1].TrimEnd();
        return text.Length == 0 || text == "." ? null : text;
    }

    /// <summary>Skills without blanks and repeats (compared in canonical form), in the order and spelling of first mention.</summary>
    public static IReadOnlyList<string> DistinctSkills(IEnumerable<string> skills)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. skills.Select(skill => Nfc.Of(skill).Trim()).Where(skill => skill.Length > 0 && seen.Add(CanonicalSkill(skill)))];
    }

    /// <summary>Lower case and NFC. Lower case of a text in NFC need not be in it, nor the other way round.</summary>
    internal static string Folded(string text) => Nfc.Of(Nfc.Of(text).ToLowerInvariant());
}
