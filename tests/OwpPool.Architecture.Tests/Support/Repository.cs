using System.Diagnostics;
using System.Reflection;

namespace OwpPool.Architecture.Tests.Support;

/// <summary>The sources that this assembly was built from.</summary>
internal static class Repository
{
    private static readonly string[] NotSources = ["bin", "obj", "artifacts", "var", "TestResults", ".git"];

    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Paths from the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => NotSources.Contains(part))).Order(StringComparer.Ordinal)];

    /// <summary>What git keeps, with its modes; everything that is no build output where there is no git.</summary>
    public static IReadOnlyList<TrackedFile> Tracked()
    {
        if (!Path.Exists(Path.Combine(Root, ".git"))) return [.. Files("", "*").Select(path => new TrackedFile(path, IsExecutable(path)))];
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "--stage", "-z"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        })!;
        var entries = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        // Each entry is "mode hash stage<tab>path".
        return [.. entries
            .Select(entry => new TrackedFile(entry[(entry.IndexOf('\t') + 1)..], entry.StartsWith("100755", StringComparison.Ordinal)))];
    }

    private static bool IsExecutable(string path) => !OperatingSystem.IsWindows()
        && File.GetUnixFileMode(Path.Combine(Root, path)).HasFlag(UnixFileMode.UserExecute);
}

/// <summary>A file of the repository.</summary>
internal sealed record TrackedFile(string Path, bool IsExecutable)
{
    /// <summary>Null where it was deleted and that is not committed yet.</summary>
    public string? Content => File.Exists(System.IO.Path.Combine(Repository.Root, Path)) ? Repository.Read(Path) : null;
}
