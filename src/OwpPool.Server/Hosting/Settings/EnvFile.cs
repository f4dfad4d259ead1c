namespace OwpPool.Server.Hosting.Settings;

/// <summary>Reads the first of <c>.env</c>, <c>.env.local</c> and <c>env.local</c> in a folder.</summary>
public static class EnvFile
{
    private static readonly string[] FileNames = [".env", ".env.local", "env.local"];

    /// <summary>The variables of the first such file, none if there is no file. Lines are <c>NAME=value</c>; <c>export</c> before them,
    /// quotes around the value, blank lines and lines that begin with <c>#</c> are allowed.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="faults">Receives a message for every line that is none of these.</param>
    public static IReadOnlyDictionary<string, string> Read(string folder, ICollection<string> faults)
    {
        var path = FileNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null) return new Dictionary<string, string>();
        try
        {
            return Parse(File.ReadAllLines(path), Path.GetFileName(path), faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{Path.GetFileName(path)} cannot be read: {fault.Message}");
            return new Dictionary<string, string>();
        }
    }

    internal static IReadOnlyDictionary<string, string> Parse(IReadOnlyList<string> lines, string file, ICollection<string> faults)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            if (line.StartsWith("export ", StringComparison.Ordinal)) line = line["export ".Length..].TrimStart();
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            // The line itself stays out of the message: it may hold a secret.
            if (equals <= 0 || line.AsSpan(0, equals).Trim().ContainsAny(" \t'\"")) faults.Add($"{file}, line {i + 1}: is not NAME=value");
            else variables[line[..equals].TrimEnd()] = Unquote(line[(equals + 1)..].Trim());
        }
        return variables;
    }

    private static string Unquote(string value)
    {
        if (value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0]) return value[1..^1];
        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment].TrimEnd();
    }
}
