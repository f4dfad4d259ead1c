using System.Text;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>Tokens and secrets from files, as container platforms hand them out: <c>OWP_ADMIN_TOKEN_FILE</c> names a file that holds what
/// <c>OWP_ADMIN_TOKEN</c> would be. So it is with every setting whose name ends in token or secret, short or long.</summary>
public static class SecretFiles
{
    private const string Suffix = "_FILE";
    private const int MaxBytes = 4096;

    private static readonly string[] Kinds = ["Token", "Secret"];

    /// <summary>The variables with each such file's content in place of its name, without the line break at its end.</summary>
    /// <param name="variables">As they are set.</param>
    /// <param name="folder">What relative paths begin at.</param>
    /// <param name="faults">Receives a message for every file that cannot be read, and for every setting that is given twice. None of them
    /// holds a secret.</param>
    public static IReadOnlyDictionary<string, string> Resolve(
        IReadOnlyDictionary<string, string> variables, string folder, ICollection<string> faults)
    {
        var named = variables.Where(static variable => variable.Value.Length > 0 && IsSecretFile(variable.Key)).ToList();
        if (named.Count == 0) return variables;
        var resolved = variables.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, path) in named)
        {
            var setting = name[..^Suffix.Length];
            resolved.Remove(name);
            if (variables.Any(variable => variable.Value.Length > 0 && variable.Key.Equals(setting, StringComparison.OrdinalIgnoreCase)))
                faults.Add($"{name} and {setting} are both set; set one of them");
            else if (Read(Path.Combine(folder, path), out var content) is { } fault) faults.Add($"{name} {fault}");
            else resolved[setting] = content;
        }
        return resolved;
    }

    private static bool IsSecretFile(string name)
    {
        if (!name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase)) return false;
        var setting = name[..^Suffix.Length];
        return Array.Exists(Kinds, kind => setting.EndsWith(kind, StringComparison.OrdinalIgnoreCase))
            && (SettingsReader.ShortNames.ContainsKey(setting)
                || setting.StartsWith($"{SettingsReader.Root}__", StringComparison.OrdinalIgnoreCase));
    }

    /// <returns>What is wrong; null = nothing.</returns>
    private static string? Read(string path, out string content)
    {
        content = "";
        try
        {
            if (!File.Exists(path)) return $"names no file: {path}";
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var bytes = new byte[MaxBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes) return $"names a file of more than {MaxBytes} bytes: {path}";
            content = Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\r', '\n');
            return content.Length > 0 ? null : $"names an empty file: {path}";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {fault.Message.ReplaceLineEndings(" ")}";
        }
    }
}
