namespace OwpPool.Testing;

/// <summary>What tests have measured or told, for ./test to show before its sum.</summary>
public static class Figures
{
    private static readonly Lock Gate = new();

    /// <summary>Shows the lines; nothing outside of ./test.</summary>
    public static void Show(params IEnumerable<string> lines)
    {
        if (Environment.GetEnvironmentVariable("OWP_FIGURES") is not { Length: > 0 } file) return;
        lock (Gate) File.AppendAllText(file, string.Concat(lines.Select(line => line + "\n")));
    }
}
