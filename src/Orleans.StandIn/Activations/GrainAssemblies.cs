using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Orleans.Runtime;

/// <summary>Finds the assemblies that can hold grain classes: those that reference the stand-in, loaded or beside the
/// application.</summary>
internal static class GrainAssemblies
{
    private static readonly string StandIn = typeof(GrainAssemblies).Assembly.GetName().Name!;
    private static readonly Lazy<IReadOnlyList<Assembly>> Found = new(Find);

    internal static IReadOnlyList<Assembly> All => Found.Value;

    private static List<Assembly> Find()
    {
        var byName = new Dictionary<string, Assembly>(StringComparer.OrdinalIgnoreCase);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (!assembly.IsDynamic && assembly.GetReferencedAssemblies().Any(reference => reference.Name == StandIn))
                byName[assembly.GetName().Name!] = assembly;
        }
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (!byName.ContainsKey(name) && ReferencesStandIn(file))
                byName[name] = Assembly.Load(new AssemblyName(name));
        }
        return [.. byName.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)];
    }

    /// <summary>Reads the reference table alone: nothing is loaded that is not needed.</summary>
    private static bool ReferencesStandIn(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        if (!image.HasMetadata)
            return false;
        var metadata = image.GetMetadataReader();
        return metadata.AssemblyReferences.Any(
            handle => metadata.StringComparer.Equals(metadata.GetAssemblyReference(handle).Name, StandIn));
    }
}
