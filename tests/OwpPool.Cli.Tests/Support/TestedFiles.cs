using System.Reflection;

namespace OwpPool.Cli.Tests.Support;

/// <summary>What this build has put where, as the project file wrote it into the assembly.</summary>
internal static class TestedFiles
{
    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    public static string DemoTasks { get; } = Path.Combine(RepositoryRoot, "deploy", "demo", "tasks.yaml");

    private static string Metadata(string key) => typeof(TestedFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
