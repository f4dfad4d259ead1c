namespace OwpPool.Cli.Configuration;

/// <summary>Names of profiles: what one can type without quotes.</summary>
internal static class ProfileName
{
    private const int MaxLength = 64;

    /// <exception cref="UsageException">It is none.</exception>
    public static string Check(string name)
    {
        if (name.Length is > 0 and <= MaxLength && name.All(IsPlain)) return name;
        throw new UsageException($"'{name}' is no name for a profile: 1 to {MaxLength} letters, digits, '.', '_' and '-'.");
    }

    /// <summary>A name made of that of a worker.</summary>
    public static string Of(string workerName)
    {
        var plain = string.Concat(workerName.Trim().ToLowerInvariant().Select(character => IsPlain(character) ? character : '-')).Trim('-');
        if (plain.Length > MaxLength - 8) plain = plain[..(MaxLength - 8)];
        return plain.Length == 0 ? "worker" : plain;
    }

    /// <summary>The name, or where it is taken the first free one of <c>name-2</c> and so on.</summary>
    public static string Free(string name, OwpConfig config)
    {
        var free = name;
        for (var number = 2; config.Profiles.ContainsKey(free); number++) free = $"{name}-{number}";
        return free;
    }

    private static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-';
}
